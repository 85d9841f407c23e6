import { source } from './files.ts'

/** One instruction of a Dockerfile, its lines joined. */
export interface Instruction {
  readonly name: string
  readonly text: string
}

/** From one FROM to the next. */
export interface Stage {
  readonly image: string
  /** After AS; empty for the last one. */
  readonly name: string
  readonly instructions: readonly Instruction[]
}

/** deploy/Dockerfile in stages, with the ARG before its first FROM filled in. */
export async function dockerfile(): Promise<Stage[]> {
  const instructions = (await source('deploy/Dockerfile'))
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line): Instruction => {
      const [, name = '', text = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? []
      return { name, text }
    })
  const [, node = ''] = /^NODE_IMAGE=(.*)$/.exec(instructions[0]?.text ?? '') ?? []
  const stages: { image: string; name: string; instructions: Instruction[] }[] = []
  for (const instruction of instructions.slice(1)) {
    if (instruction.name === 'FROM') {
      const [image = '', name = ''] = instruction.text.replace('${NODE_IMAGE}', node).split(' AS ')
      stages.push({ image, name, instructions: [] })
    } else stages.at(-1)?.instructions.push(instruction)
  }
  return stages
}

/** What a COPY copies: from which stage (none: the repository), what, and where to. */
export function copied(text: string): { stage?: string; from: string[]; to: string } {
  const words = text.split(' ')
  const [, stage] = /^--from=(.*)$/.exec(words[0] ?? '') ?? []
  const from = words.slice(stage === undefined ? 0 : 1, -1)
  return { ...(stage === undefined ? {} : { stage }), from, to: words.at(-1) ?? '' }
}
