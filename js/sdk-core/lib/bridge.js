"use strict";

// The program's side: posts calls to the thread that speaks with the core, and gives out answers.
//
// The thread keeps nothing alive. While an answer is awaited, the port that brings it keeps the
// loop of events alive, so a program ends after its last answer and never before.

const fs = require("node:fs");
const path = require("node:path");
const threads = require("node:worker_threads");
const { textFailure, unavailable } = require("./failures.js");
const limits = require("./limits.js");
const { GONE, STARTED, TOLD, WORDS } = require("./signals.js");

const { MessageChannel, Worker, receiveMessageOnPort } = threads;
const THREAD = path.join(__dirname, "thread.js");

class Bridge {
  #environment;
  #limits;
  #line; // the thread that is there now: {worker, port, signals}
  #waiting = new Map(); // by number: {resolve, reject}, or what a waiting thread looks for
  #awaited = 0; // of these, how many keep the program alive
  #next = 1; // 0 is `hello`

  // Takes the variables as they are now; `chosen` are limits that tests make shorter.
  constructor(environment, chosen = {}) {
    this.#environment = { ...environment };
    this.#limits = { ...limits, ...chosen };
    if (!threads.isMainThread) {
      process.on("exit", () => this.#close());
    }
  }

  // Return a promise of the answer.
  send(call, payload) {
    return new Promise((resolve, reject) => {
      const refused = textFailure(call, payload);
      if (refused !== undefined) {
        reject(refused);
        return;
      }
      this.#post(call, payload, { resolve, reject });
      this.#awaited += 1;
      this.#line.port.ref();
    });
  }

  // Return the answer; until it is there, the thread does nothing else.
  sendAndWait(call, payload) {
    const refused = textFailure(call, payload);
    if (refused !== undefined) {
      throw refused;
    }
    const looked = {};
    this.#post(call, payload, looked);
    while (looked.reply === undefined) {
      this.#wait(looked);
    }
    if (looked.reply.success) {
      return looked.reply.payload;
    }
    throw looked.reply.payload;
  }

  // Release a client, if a thread is there that may know it. Nobody waits for the reply.
  release(id) {
    this.#line?.port.postMessage({ id: this.#number(), call: "release_client", payload: id });
  }

  // The program goes on, and nobody else would take its child out of the table of processes.
  #close() {
    if (this.#line !== undefined) {
      const { port, signals } = this.#line;
      port.postMessage({ call: "close" });
      Atomics.wait(signals, GONE, 0, this.#limits.CLOSE_MS);
    }
  }

  #number() {
    const number = this.#next;
    this.#next += 1;
    return number;
  }

  #post(call, payload, waiting) {
    const line = this.#line ?? this.#start();
    const id = this.#number();
    line.port.postMessage({ id, call, payload });
    this.#waiting.set(id, waiting);
  }

  #start() {
    const signals = new Int32Array(new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT));
    const { port1: port, port2 } = new MessageChannel();
    let worker;
    try {
      fs.accessSync(THREAD); // a bundle has left it behind
      worker = new Worker(THREAD, {
        // Without these, whatever the program has preloaded would be loaded once more.
        execArgv: [],
        env: {},
        name: "strongroom-core",
        workerData: { port: port2, signals, environment: this.#environment, limits: this.#limits },
        transferList: [port2],
      });
    } catch (error) {
      throw unavailable(`cannot start the thread of the core: ${error.message}`);
    }
    const line = { worker, port, signals };
    this.#line = line;
    worker.on("error", (error) => this.#lose(line, `its thread failed: ${error.message}`));
    worker.on("exit", () => this.#lose(line, "its thread ended"));
    worker.unref();
    port.on("message", (reply) => this.#give(reply));
    port.unref();
    return line;
  }

  #give({ id, success, payload }) {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) {
      return; // a client was released
    }
    this.#waiting.delete(id);
    if (waiting.resolve === undefined) {
      waiting.reply = { success, payload };
      return;
    }
    this.#awaited -= 1;
    if (this.#awaited === 0) {
      this.#line?.port.unref();
    }
    if (success) {
      waiting.resolve(payload);
    } else {
      waiting.reject(payload);
    }
  }

  // Give out what has come; if that was not what is looked for, wait for more.
  #wait(looked) {
    const { port, signals } = this.#line;
    const told = Atomics.load(signals, TOLD);
    for (let got = receiveMessageOnPort(port); got; got = receiveMessageOnPort(port)) {
      this.#give(got.message);
    }
    if (looked.reply !== undefined) {
      return;
    }
    const patience = Atomics.load(signals, STARTED) ? Infinity : this.#limits.START_MS;
    if (Atomics.wait(signals, TOLD, told, patience) === "timed-out") {
      this.#lose(this.#line, "its thread did not start");
    }
  }

  // The thread is gone: so is everything that was sent and not answered.
  #lose(line, reason) {
    if (this.#line !== line) {
      return;
    }
    // What came before the end was answered.
    for (let got = receiveMessageOnPort(line.port); got; got = receiveMessageOnPort(line.port)) {
      this.#give(got.message);
    }
    const payload = unavailable(`the core is gone: ${reason}`);
    for (const id of [...this.#waiting.keys()]) {
      this.#give({ id, success: false, payload });
    }
    this.#line = undefined;
    line.port.close();
    line.worker.terminate();
  }
}

module.exports = { Bridge };
