import { readFile } from 'node:fs/promises'

/** The shell blocks of a document, continued lines joined. */
export async function shellBlocks(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8')
  return Array.from(text.matchAll(/^```sh\n([^]*?)^```$/gm), ([, block = '']) =>
    block.replace(/\\\n\s*/g, ''),
  )
}
