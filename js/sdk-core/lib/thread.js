"use strict";

// The thread that speaks with the core. It takes calls from its port and posts what became of them.
// A core is found or started for the first call, and anew for the first one after its end.

const { workerData } = require("node:worker_threads");
const { Connection } = require("./connection.js");
const { GONE, STARTED, TOLD } = require("./signals.js");

const { port, signals, environment, limits } = workerData;
let connection;

function tell(reply) {
  port.postMessage(reply);
  Atomics.add(signals, TOLD, 1);
  Atomics.notify(signals, TOLD);
}

function close() {
  const gone = () => {
    Atomics.store(signals, GONE, 1);
    Atomics.notify(signals, GONE);
  };
  if (connection === undefined) {
    gone();
  } else {
    connection.close(gone);
  }
}

port.on("message", (request) => {
  if (request.call === "close") {
    close();
    return;
  }
  if (connection === undefined || connection.closing) {
    if (request.call === "release_client") {
      return; // its client ended with its core
    }
    connection = new Connection({ environment, limits, tell });
  }
  connection.send(request);
});

// Whatever it is, who waits is told, and the next call finds another core.
process.on("uncaughtException", (error) => {
  connection?.end(`its adapter failed: ${error?.name}`);
});

Atomics.store(signals, STARTED, 1);
