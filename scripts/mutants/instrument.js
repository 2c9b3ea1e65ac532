// Puts every mutant of a source file into it at once, each behind a switch, so that choosing another one compiles nothing.
import ts from "typescript";

const SWAPPED = {
  "===": ["!=="],
  "!==": ["==="],
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
  "&&": ["||"],
  "||": ["&&"],
  "??": ["&&"],
  "+": ["-"],
  "-": ["+"],
  "*": ["/"],
  "/": ["*"],
  "+=": ["-="],
  "-=": ["+="],
};

/** What could stand in the place of an expression. */
function alternatives(node) {
  const { parent } = node;
  if (ts.isBinaryExpression(node)) {
    const [left, right] = [node.left.getText(), node.right.getText()];
    const operator = node.operatorToken.getText();
    if (operator.startsWith("+") && /["'`]/.test(left + right)) return [];
    return (SWAPPED[operator] ?? []).map((other) =>
      other === "&&" ? `(${left}) && (${right})` : `${left} ${other} ${right}`,
    );
  }
  if (node.kind === ts.SyntaxKind.TrueKeyword) return ["false"];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return ["true"];
  if (ts.isNumericLiteral(node) && parent.name !== node && parent.propertyName !== node) {
    const value = Number(node.text.replaceAll("_", ""));
    return value < 100 ? [`${value + 1}`] : [`${value * 10}`, "0"];
  }
  if (ts.isPropertyAccessExpression(node) && ["Math.max", "Math.min"].includes(node.getText()))
    return [node.getText() === "Math.max" ? "Math.min" : "Math.max"];
  return [];
}

const isCondition = (node, parent) =>
  (ts.isIfStatement(parent) && parent.expression === node) ||
  (ts.isConditionalExpression(parent) && parent.condition === node);
const isDroppable = (node) =>
  ts.isThrowStatement(node) ||
  (ts.isExpressionStatement(node) &&
    !/^super\b/.test(node.getText()) &&
    /\)$/.test(node.expression.getText()));

/**
 * @param {string} text of a TypeScript file
 * @param {string} helper where `mutant(id)` is imported from
 * @param {number} first the id of the first mutant
 * @returns {{ text: string, mutants: { id: number, line: number, from: string, to: string }[] }}
 */
export function instrument(text, helper, first) {
  const file = ts.createSourceFile("file.ts", text, ts.ScriptTarget.Latest, true);
  const mutants = [];
  const shown = (code) => code.replace(/\s+/g, " ").slice(0, 100);
  const add = (node, to) => {
    const { line } = file.getLineAndCharacterOfPosition(node.getStart());
    const id = first + mutants.length;
    mutants.push({ id, line: line + 1, from: shown(node.getText()), to: shown(to) });
    return `mutant(${id})`;
  };
  function print(node) {
    const isType = ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node);
    if (
      isType ||
      ts.isInterfaceDeclaration(node) ||
      ts.isTypeAliasDeclaration(node) ||
      ts.isImportDeclaration(node)
    )
      return node.getText();
    let [inside, at] = ["", node.getStart()];
    ts.forEachChild(node, (child) => {
      inside += text.slice(at, child.getStart()) + print(child);
      at = child.getEnd();
    });
    inside += text.slice(at, node.getEnd());
    if (isDroppable(node)) return `{ if (!${add(node, "nothing")}) ${inside} }`;
    const others = [
      ...alternatives(node),
      ...(node !== file && isCondition(node, node.parent) ? ["true", "false"] : []),
    ];
    return others.length === 0
      ? inside
      : `(${others.map((other) => `${add(node, other)} ? (${other}) : `).join("")}${inside})`;
  }
  return { text: `import { mutant } from ${JSON.stringify(helper)};\n${print(file)}\n`, mutants };
}
