/**
 * Text from outside made fit for one line of a log: white space runs become one space, other control and formatting
 * characters become U+FFFD, and what is longer than `max` characters ends in an ellipsis.
 */
export function oneLine(text: string, max: number): string {
  // Long bodies are not worked through for a short line; four times the length leaves room for indentation.
  const line = text
    .slice(0, 4 * max)
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\p{Cc}\p{Cf}]/gu, '\uFFFD')
  const characters = Array.from(line)
  return characters.length > max ? `${characters.slice(0, max - 1).join('')}…` : line
}
