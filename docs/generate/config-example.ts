/** The example file of CONFIG.md: every option once, with its purpose. A test loads it. */
export const exampleFile = `# The Subtensor nodes, each read directly (rpc) or through its own Sidecar (url). At least one. Chain state is read from one of them
# at a time; with more than one, another takes over when it fails or falls behind.
nodes:
  - name: finney-a # the \`node\` label
    rpc: ws://127.0.0.1:9944 # the node itself: http, https, ws or wss
    rate_limit: 50/s # more requests wait
  - name: finney-b
    url: https://sidecar.example:8443/v1 # its Sidecar: http or https
    # Secrets are in separate files. A name without a leading / is relative to this file.
    headers_file: secrets/finney-b-headers.json # {"X-Api-Key": "…"}
    basic_auth:
      username: exporter
      password_file: secrets/finney-b-password

# The chain to read, by the hash of its block 0 (this is finney). Nodes on another chain are rejected. Default: the chain
# that most nodes are on at startup.
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
      subnets: # on these subnets instead of the three values above; the only ones that apply to root (0)
        0: { max_updated_blocks: 50400 } # root weights older than a week
  - name: treasury
    coldkey: 5Ccmf1dJKzGtXX7h17eN72MVMRsFwvYjPVmkXPUaapczECf6
    expect:
      min_free_tao: '10' # in quotes: a bare number may lose digits

# Which subnets and neurons to read: watched (those of the watched hotkeys), all, or a list such as [1, 3].
subnets: watched

poll:
  interval: 12s # one block
  timeout: 10s # of one request
  concurrency: 16 # requests to one node at a time
  stale_after: 2m # data older than this is no longer exposed

limits:
  max_series: 2000000 # above it, the neurons of whole subnets are left out

discovery:
  allow_networks: [] # such as [10.20.0.0/16]: listed by /sd/neurons in addition to public addresses

# Each collector can be turned on or off.
collectors:
  extrinsics: true
`
