// Ends the process, with a message, as soon as it opens a connection.
const { Socket } = require("node:net");

Socket.prototype.connect = function (...target) {
  console.error("The language server opens a connection:", JSON.stringify(target));
  process.exit(1);
};
