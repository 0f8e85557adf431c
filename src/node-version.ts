// First import of every entry: below this version a library dies at import with a message that nobody understands.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  console.error(
    `Node ${process.versions.node} is too old, 22.19 or newer is needed: use \`npm start\`, which brings its own.`,
  );
  process.exit(1);
}

export {};
