/** How assembly/ is formatted: as Biome, which cannot read decorators on functions, formats the rest. */
import assemblyscript from 'assemblyscript-prettier';

const printer = assemblyscript.printers['as-estree'];

/** The plugin prints a decorator as a comment, after an empty line too many where it is the first one of a function. */
const plugin = {
  ...assemblyscript,
  printers: {
    'as-estree': {
      ...printer,
      printComment(path, options) {
        const printed = printer.printComment(path, options);
        const isDecorator = Array.isArray(printed) && String(printed.at(-1)).startsWith('@');
        return isDecorator ? printed.at(-1) : printed;
      },
    },
  },
};

export default { plugins: [plugin], printWidth: 110, singleQuote: true, trailingComma: 'all' };
