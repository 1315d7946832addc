// Prints the name of every method that the type declarations of the official SDK have.

const ts = require("typescript");

const entry = require.resolve("@1password/sdk").replace(/\.js$/, ".d.ts");
const program = ts.createProgram([entry], { module: ts.ModuleKind.NodeNext });
const checker = program.getTypeChecker();
const names = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry)));
const find = (name) => names.find((one) => one.name === name);

function methods(type, path) {
  return checker.getPropertiesOfType(type).flatMap((property) => {
    const name = `${path}${property.name}`;
    const inner = checker.getTypeOfSymbol(property);
    if (inner.getCallSignatures().length) {
      return [name];
    }
    return property.flags & ts.SymbolFlags.Property ? methods(inner, `${name}.`) : [];
  });
}

const client = checker.getDeclaredTypeOfSymbol(find("Client"));
const statics = checker.getTypeOfSymbol(find("Secrets"));
const found = [...methods(client, ""), ...methods(statics, "Secrets.")];
console.log(JSON.stringify(found.filter((one) => !one.includes(".prototype.")).sort()));
