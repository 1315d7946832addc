"use strict";

// A thread of a program that uses the core and ends.

const { workerData } = require("node:worker_threads");
const { Bridge } = require("../lib/bridge.js");

new Bridge(process.env, workerData).send("invoke", "say a");
