export interface PinnedTool {
  readonly program: string
  /** As it is pinned, such as `v3.7.3`. */
  readonly release: string
  /** Absent if it has not been built. */
  readonly path: string | undefined
}

export function moduleVersion(project: string, release: string): string
export function pinnedTool(program: string): Promise<PinnedTool>
