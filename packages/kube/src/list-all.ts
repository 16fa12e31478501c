import type { KubeObject, ResourceType } from "@headgate/api";
import { OpError } from "@headgate/api";
import type { Client, Page, Selection } from "./client.ts";

/** How often a list is begun anew when its pages expire under way. */
const restarts = 3;

/**
 * All pages of a list as one, all of the same moment. A `continue` token that expires on the way begins the list anew.
 * Throws OpError; GONE when the pages expired again and again.
 */
export async function listAll(
  client: Client,
  type: ResourceType,
  options: Selection & { readonly pageSize?: number; readonly signal?: AbortSignal } = {},
): Promise<Page> {
  const { pageSize: limit = 500, ...selection } = options;
  for (let attempt = 0; ; attempt++) {
    const items: KubeObject[] = [];
    let next: string | undefined;
    try {
      for (;;) {
        const page = await client.list(type, { ...selection, limit, continue: next });
        items.push(...page.items);
        if (page.continue === undefined) return { items, resourceVersion: page.resourceVersion };
        next = page.continue;
      }
    } catch (error) {
      const expired = next !== undefined && error instanceof OpError && error.code === "GONE";
      if (!expired || attempt >= restarts) throw error;
    }
  }
}
