import ts from 'typescript'

/** Comparisons of a source file with a number other than 0 and 1, also by the name of a constant of the file, as they are written. */
export function literalComparisons(text: string): readonly string[] {
  const file = ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, true)
  const constants = new Set<string>()
  each(file, (node) => {
    if (ts.isVariableDeclaration(node) && node.initializer !== undefined && isNumber(node.initializer))
      constants.add(node.name.getText())
  })
  const isLimit = (node: ts.Expression): boolean =>
    isNumber(node) || (ts.isIdentifier(node) && constants.has(node.text))
  const found: string[] = []
  each(file, (node) => {
    if (!ts.isBinaryExpression(node) || !ORDERS.has(node.operatorToken.kind)) return
    if (isLimit(node.left) || isLimit(node.right)) found.push(node.getText())
  })
  return found
}

const ORDERS: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.LessThanToken,
  ts.SyntaxKind.LessThanEqualsToken,
  ts.SyntaxKind.GreaterThanToken,
  ts.SyntaxKind.GreaterThanEqualsToken,
])

const isNumber = (node: ts.Expression): boolean =>
  ts.isNumericLiteral(node) && node.text !== '0' && node.text !== '1'

/** Calls for every node of a tree. */
export function each(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node)
  node.forEachChild((child) => {
    each(child, visit)
  })
}
