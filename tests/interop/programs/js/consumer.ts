// What types say of the package that stands in, and of the one that it stands in for.

import * as ours from "@strongroom/sdk-core";
import * as stock from "@1password/sdk-core";

const asStock: typeof stock = ours;
const asOurs: typeof ours = stock;

async function use(core: typeof ours): Promise<string> {
  const id: string = await core.init_client("{}");
  const none: void = core.release_client(id);
  const fetcher = async (audience: string): Promise<string> => audience;
  await core.init_client_oidc("{}", fetcher);
  return core.invoke_sync("{}") + (await core.invoke("{}")) + String(none);
}

export const both = [use(asStock), use(asOurs)];
