/**
 * What `@1password/sdk` 0.5.0 calls, on the core of Strongroom (`specs/core.md`).
 *
 * Every failure is a **string**, thrown or rejected: JSON with the texts `name` and `message`.
 * `CoreUnavailable` is the name where there is no core, or where it ended before it answered.
 */

/**
 * Makes a client.
 *
 * @param config - JSON text of at most 50 MiB of UTF-8.
 * @returns The id of the client, as JSON.
 */
export function init_client(config: string): Promise<string>;

/**
 * Always fails: this release has no workload identity. Nothing is sent, and nothing is fetched.
 *
 * @param config - As for `init_client`.
 * @param fetcher - From an audience to a promise of a token; `Function`, as the SDK declares it.
 */
export function init_client_oidc(config: string, fetcher: Function): Promise<string>;

/**
 * Does what a message asks.
 *
 * @param parameters - JSON text of at most 50 MiB of UTF-8.
 * @returns The answer as JSON; an empty text for nothing.
 */
export function invoke(parameters: string): Promise<string>;

/**
 * Does what a message to no client asks. The thread waits for the answer.
 *
 * @param parameters - As for `invoke`.
 * @returns As from `invoke`.
 */
export function invoke_sync(parameters: string): string;

/**
 * Ends a client, without waiting for it. An id that is not known is passed over. Never throws.
 *
 * @param client_id - As `init_client` returned it.
 */
export function release_client(client_id: string): void;
