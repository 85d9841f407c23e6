/** The example file in CONFIG.md: every option once, with its purpose. A test loads it. */
export const exampleFile = `# Subtensor nodes, each read through its own Sidecar; at least one. Chain state is read from one node at a time;
# if it fails or falls behind, another one takes over.
nodes:
  - name: finney-a # the \`node\` label
    url: http://127.0.0.1:8080
  - name: finney-b
    url: https://sidecar.example:8443/v1
    # Secrets are in separate files. Relative file names are relative to this file's folder.
    headers_file: secrets/finney-b-headers.json # {"X-Api-Key": "…"}
    basic_auth:
      username: exporter
      password_file: secrets/finney-b-password

# The chain to read, by the hash of its block 0 (this is finney). Nodes of another chain are rejected. Default: the
# chain that most nodes are on at startup.
genesis: '0x2f0555cc76fc2840a25a6ea3b9637146806f1f44b090c175ffde2a7e5ab36c03'

# The keys to watch: each is a hotkey or a coldkey, with optional expectations.
keys:
  - name: validator # the \`name\` label
    hotkey: 5F4tQyWrhfGVcNhoqeiNsR6KjD4wMZ2kfhLj4oHYuyHbZAc3
    expect:
      coldkey: 5Ccmf1dJKzGtXX7h17eN72MVMRsFwvYjPVmkXPUaapczECf6
      netuids: [1]
      validator_permit: true
      active: true
      max_updated_blocks: 360
  - name: treasury
    coldkey: 5Ccmf1dJKzGtXX7h17eN72MVMRsFwvYjPVmkXPUaapczECf6
    expect:
      min_free_tao: '10' # in quotes: a bare number may lose digits

# Which subnets and neurons to read: watched (those of the watched hotkeys), all, or a list such as [1, 3].
subnets: watched

poll:
  interval: 12s # one block
  timeout: 10s # per request
  concurrency: 16 # parallel requests per Sidecar
  stale_after: 2m # values that could not be read for this long expire

limits:
  max_series: 2000000 # of the neuron table; whole subnets beyond it are omitted

discovery:
  allow_networks: [] # such as [10.20.0.0/16]: listed by /sd/neurons in addition to public addresses

# Every collector can be enabled or disabled.
collectors:
  extrinsics: true
`
