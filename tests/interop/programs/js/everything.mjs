// @ts-check
// Every method of the official SDK, by its own types. A line of standard input names steps of the
// table below; a line of output says what became of each. Items stay here between steps, as the SDK
// has made them.

import sdk from "@1password/sdk";
import { createInterface } from "node:readline";

/** @type {Set<string>} */
const called = new Set();

/**
 * Note each call of a method, and leave everything else as it is.
 *
 * @template {object} T
 * @param {T} part
 * @param {string} name
 * @returns {T}
 */
function watch(part, name) {
  return new Proxy(part, {
    get(target, key) {
      const found = Reflect.get(target, key);
      const path = name + String(key);
      if (typeof found === "function") {
        called.add(path);
        return found.bind(target);
      }
      return typeof found === "object" && found !== null ? watch(found, `${path}.`) : found;
    },
  });
}

const token = process.env.OP_SERVICE_ACCOUNT_TOKEN;
const made = await sdk.createClient({
  auth: token,
  integrationName: "interop",
  integrationVersion: "1.0",
});
const client = watch(made, "");
const statics = watch(sdk.Secrets, "Secrets.");

/** @param {string} title @param {string} vaultId */
function login(title, vaultId, more = {}) {
  return {
    category: sdk.ItemCategory.Login,
    vaultId,
    title,
    fields: [
      {
        id: "password",
        title: "password",
        fieldType: sdk.ItemFieldType.Concealed,
        value: "s3cret",
      },
    ],
    ...more,
  };
}

/** @type {Record<string, import("@1password/sdk").Item>} */
const items = {};

/** @param {string} name @param {Promise<import("@1password/sdk").Item>} item */
async function keep(name, item) {
  items[name] = await item;
  return items[name];
}

/** @type {import("@1password/sdk").ItemShareAccountPolicy | undefined} */
let policy;
/** @type {import("@1password/sdk").ValidRecipient[]} */
let recipients = [];

/** @type {Record<string, (...args: any[]) => unknown>} */
const steps = {
  // What was called.
  called: () => [...called].sort(),

  // Secrets.
  resolve: (/** @type {string} */ reference) => client.secrets.resolve(reference),
  resolveAll: (/** @type {string[]} */ all) => client.secrets.resolveAll(all),
  validate: (/** @type {string} */ reference) => statics.validateSecretReference(reference),
  pin: (/** @type {number} */ length) =>
    statics.generatePassword({ type: "Pin", parameters: { length } }),
  random: () =>
    statics.generatePassword({
      type: "Random",
      parameters: { includeDigits: true, includeSymbols: true, length: 40 },
    }),
  memorable: () =>
    statics.generatePassword({
      type: "Memorable",
      parameters: {
        separatorType: sdk.SeparatorType.Hyphens,
        capitalize: true,
        wordListType: sdk.WordListType.FullWords,
        wordCount: 4,
      },
    }),

  // Items.
  create: (/** @type {string} */ vault) =>
    keep("made", client.items.create(login("made", vault, { tags: ["a", "b"], notes: "é😀" }))),
  get: (/** @type {string} */ vault, /** @type {string} */ id) => client.items.get(vault, id),
  put: (/** @type {string} */ title) =>
    keep("made", client.items.put({ ...items.made, title })),
  stale: () => client.items.put({ ...items.made, version: 1 }),
  createAll: (/** @type {string} */ vault) =>
    client.items.createAll(vault, [login("one", vault), login("two", "a".repeat(26))]),
  getAll: (/** @type {string} */ vault, /** @type {string[]} */ ids) =>
    client.items.getAll(vault, ids),
  list: (/** @type {string} */ vault) => client.items.list(vault),
  listArchived: (/** @type {string} */ vault) =>
    client.items.list(vault, { type: "ByState", content: { active: false, archived: true } }),
  archive: (/** @type {string} */ vault, /** @type {string} */ id) =>
    client.items.archive(vault, id),
  deleteAll: (/** @type {string} */ vault, /** @type {string[]} */ ids) =>
    client.items.deleteAll(vault, ids),
  delete: (/** @type {string} */ vault, /** @type {string} */ id) =>
    client.items.delete(vault, id),

  // Files.
  createForFiles: (/** @type {string} */ vault) =>
    keep("files", client.items.create(login("with files", vault))),
  attach: (/** @type {number} */ size) =>
    keep(
      "files",
      client.items.files.attach(items.files, {
        name: "f",
        content: bytes(size),
        sectionId: "s",
        fieldId: "f",
      }),
    ),
  readFile: () => {
    const { vaultId, id, files } = items.files;
    return client.items.files.read(vaultId, id, files[0].attributes);
  },
  deleteFile: () => keep("files", client.items.files.delete(items.files, "s", "f")),
  createDocument: (/** @type {string} */ vault, /** @type {number} */ size) =>
    keep(
      "document",
      client.items.create({
        category: sdk.ItemCategory.Document,
        vaultId: vault,
        title: "document",
        document: { name: "d", content: bytes(size) },
      }),
    ),
  readDocument: () => {
    const { vaultId, id, document } = items.document;
    return document && client.items.files.read(vaultId, id, document);
  },
  replaceDocument: () =>
    keep(
      "document",
      client.items.files.replaceDocument(items.document, {
        name: "other",
        content: new TextEncoder().encode("other"),
      }),
    ),

  // Shares.
  getPolicy: async () => {
    policy = await client.items.shares.getAccountPolicy(items.files.vaultId, items.files.id);
    return policy;
  },
  validateRecipients: async (/** @type {string[]} */ all) => {
    recipients = policy ? await client.items.shares.validateRecipients(policy, all) : [];
    return recipients;
  },
  share: () => {
    const expireAfter = sdk.ItemShareDuration.OneDay;
    const params = { recipients, expireAfter, oneTimeOnly: true };
    return policy && client.items.shares.create(items.files, policy, params);
  },

  // Vaults, groups, environments.
  createVault: (/** @type {string} */ title) => client.vaults.create({ title, description: "d" }),
  listVaults: () => client.vaults.list(),
  listVaultsOpened: () => client.vaults.list({ decryptDetails: true }),
  getOverview: (/** @type {string} */ vault) => client.vaults.getOverview(vault),
  getVault: (/** @type {string} */ vault) => client.vaults.get(vault, { accessors: true }),
  updateVault: (/** @type {string} */ vault, /** @type {string} */ title) =>
    client.vaults.update(vault, { title }),
  grant: (/** @type {string} */ vault, /** @type {string} */ groupId) => {
    const permissions = sdk.READ_ITEMS | sdk.REVEAL_ITEM_PASSWORD;
    return client.vaults.grantGroupPermissions(vault, [{ groupId, permissions }]);
  },
  update: (/** @type {string} */ vaultId, /** @type {string} */ groupId) =>
    client.vaults.updateGroupPermissions([{ vaultId, groupId, permissions: sdk.READ_ITEMS }]),
  revoke: (/** @type {string} */ vault, /** @type {string} */ group) =>
    client.vaults.revokeGroupPermissions(vault, group),
  deleteVault: (/** @type {string} */ vault) => client.vaults.delete(vault),
  getGroup: (/** @type {string} */ group) => client.groups.get(group, { vaultPermissions: true }),
  getVariables: (/** @type {string} */ environment) =>
    client.environments.getVariables(environment),
};

/** @param {number} size */
function bytes(size) {
  return Uint8Array.from({ length: size }, (_, index) => index % 256);
}

/** Show what JSON has no words for. @param {unknown} value @returns {unknown} */
function show(value) {
  if (value instanceof Date) {
    return { $date: value.toISOString() };
  }
  if (value instanceof Uint8Array) {
    return { $bytes: Buffer.from(value).toString("base64") };
  }
  if (Array.isArray(value)) {
    return value.map(show);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, show(one)]));
}

/** @param {{method: string, args: unknown[]}} step */
async function perform({ method, args }) {
  try {
    return { result: show((await steps[method](...args)) ?? null) };
  } catch (error) {
    if (!(error instanceof Error)) {
      return { error: String(error), classes: [typeof error] };
    }
    return { error: error.message, classes: [error.constructor.name] };
  }
}

/** Return the methods of the live client, found by looking. @param {any} part @param {string} name */
function methods(part, name) {
  /** @type {string[]} */
  const found = [];
  for (const [key, one] of Object.entries(part)) {
    const names = Object.getOwnPropertyNames(Object.getPrototypeOf(one));
    const own = names.filter((word) => word !== "constructor" && typeof one[word] === "function");
    found.push(...own.map((word) => `${name}${key}.${word}`), ...methods(one, `${name}${key}.`));
  }
  return found;
}

process.stdout.write(`${JSON.stringify(methods(made, "").sort())}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const done = await Promise.all(JSON.parse(line).map(perform));
  process.stdout.write(`${JSON.stringify(done)}\n`);
}
