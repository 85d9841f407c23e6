/** Families that are on no dashboard, each with the reason. */
export const WAIVED: Readonly<Record<string, string>> = Object.fromEntries(
  (
    [
      ['The text of an alert shows it.', ['bittensor_expectation_actual_info']],
      [
        'Dashboards list firing alerts, and it exists only while its alert is true.',
        ['bittensor_exporter_hotkey_unknown', 'bittensor_exporter_subnet_missing'],
      ],
      ['Alerts derive their limits from it.', ['bittensor_exporter_poll_interval_seconds']],
      [
        'Processor time as a whole is shown.',
        ['process_cpu_user_seconds_total', 'process_cpu_system_seconds_total'],
      ],
      [
        'Resident memory and the used heap are shown: they tell a leak.',
        [
          'process_virtual_memory_bytes',
          'process_heap_bytes',
          'nodejs_heap_size_total_bytes',
          'nodejs_external_memory_bytes',
          'nodejs_heap_space_size_total_bytes',
          'nodejs_heap_space_size_used_bytes',
          'nodejs_heap_space_size_available_bytes',
        ],
      ],
      [
        'The 99th percentile of the event loop is shown.',
        [
          'nodejs_eventloop_lag_seconds',
          'nodejs_eventloop_lag_min_seconds',
          'nodejs_eventloop_lag_max_seconds',
          'nodejs_eventloop_lag_mean_seconds',
          'nodejs_eventloop_lag_stddev_seconds',
          'nodejs_eventloop_lag_p50_seconds',
          'nodejs_eventloop_lag_p90_seconds',
        ],
      ],
      [
        'For whoever looks into a leak of handles; open files are shown.',
        ['nodejs_active_resources', 'nodejs_active_handles', 'nodejs_active_requests'],
      ],
      ['Shows in the event loop where it matters.', ['nodejs_gc_duration_seconds']],
      ['Stalled polling is visible as the age of the data.', ['bittensor_exporter_chain_polls_total']],
      ['It is a label of bittensor_runtime_info.', ['bittensor_runtime_transaction_version']],
      ['The version is a label of bittensor_exporter_build_info.', ['nodejs_version_info']],
      ['It seldom changes.', ['bittensor_subnet_mechanisms']],
      [
        'Explains missing log lines.',
        ['bittensor_exporter_log_lines_lost_total', 'bittensor_key_log_lines_dropped_total'],
      ],
      ['Rises only if a node invents calls.', ['bittensor_key_extrinsics_dropped_total']],
    ] as const
  ).flatMap(([reason, names]) => names.map((name) => [name, reason] as const)),
)
