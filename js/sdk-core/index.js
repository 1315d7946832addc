"use strict";

// The functions that `@1password/sdk` 0.5.0 calls. Loading this does nothing: a core is looked for
// at the first call, so that programs which import the SDK and seldom use it pay nothing.

const { failure, textFailure } = require("./lib/failures.js");

let bridge;

function open() {
  if (bridge === undefined) {
    const { Bridge } = require("./lib/bridge.js");
    bridge = new Bridge(process.env);
  }
  return bridge;
}

exports.init_client = async function init_client(configuration) {
  return open().send("init_client", configuration);
};

// The core has no workload identity yet. Nothing is sent, so that a configuration which also holds
// a token makes no client by it.
exports.init_client_oidc = async function init_client_oidc() {
  throw failure("Internal", "workload identity is not available");
};

exports.invoke = async function invoke(message) {
  return open().send("invoke", message);
};

exports.invoke_sync = function invoke_sync(message) {
  return open().sendAndWait("invoke_sync", message);
};

// Called from finalizers: it never throws, and starts nothing.
exports.release_client = function release_client(id) {
  if (bridge !== undefined && textFailure("release_client", id) === undefined) {
    bridge.release(id);
  }
};
