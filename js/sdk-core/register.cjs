"use strict";

// For `node --require`: programs that load `@1password/sdk-core` get this package. Nothing else is
// redirected. It works for ES modules too, since the SDK itself is CommonJS.

const Module = require("node:module");
const path = require("node:path");

const REPLACED = "@1password/sdk-core";
const OURS = path.join(__dirname, "index.js");
const resolve = Module._resolveFilename;

Module._resolveFilename = function (request, ...others) {
  return request === REPLACED ? OURS : resolve.call(this, request, ...others);
};
