import { randomUUID } from "node:crypto";
import type { KubeObject } from "@headgate/api";
import { connect } from "@headgate/kube";
import type { Access, Client } from "@headgate/kube";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { runLabels } from "../../rigs/kubernetes/shared-cluster.ts";

export interface ReviewRig {
  readonly name: string;
  readonly open: () => Promise<{ readonly access: Access; close(): Promise<void> }>;
}

const patience = { timeout: 60_000, interval: 50 };
const rbac = "rbac.authorization.k8s.io";

/** Whose token it is, and what somebody may do: what an API server says when it is asked. */
export function reviewSuite({ name, open }: ReviewRig): void {
  describe(`reviews by ${name}`, () => {
    const namespace = `reviews-${randomUUID().slice(0, 8)}`;
    const role = namespace;
    let client: Client;
    let close: () => Promise<void>;
    let token: string;
    let account: KubeObject;

    const post = (path: string, body: object): Promise<Record<string, Record<string, unknown>>> =>
      client.request({ method: "POST", path, body }) as Promise<Record<string, Record<string, unknown>>>;
    const whose = async (text: string): Promise<Record<string, unknown> | undefined> => {
      const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token: text } };
      return (await post("/apis/authentication.k8s.io/v1/tokenreviews", body))["status"];
    };
    const may = async (attributes: object, who: object = { user: user("viewer") }): Promise<unknown> => {
      const spec = { ...who, ...attributes };
      const body = { apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview", spec };
      return (await post("/apis/authorization.k8s.io/v1/subjectaccessreviews", body))["status"]?.["allowed"];
    };
    const user = (of: string): string => `system:serviceaccount:${namespace}:${of}`;
    const resource = (verb: string, more: object = {}): object => ({
      resourceAttributes: { verb, group: "shop.view.example.com", resource: "health", namespace, ...more },
    });

    beforeAll(async () => {
      const opened = await open();
      client = connect(opened.access);
      close = () => opened.close();
      const labels = runLabels();
      await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } });
      account = await client.create({
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { namespace, name: "viewer" },
      });
      const rules = [{ verbs: ["list"], apiGroups: ["shop.view.example.com"], resources: ["*"] }];
      const named = [{ ...rules[0], verbs: ["get"], resourceNames: ["one"] }];
      const urls = [{ verbs: ["get"], nonResourceURLs: ["/reviews/*"] }];
      const apiVersion = `${rbac}/v1`;
      const subjects = [{ kind: "ServiceAccount", namespace, name: "viewer" }];
      const refTo = (kind: string, of: string): object => ({ apiGroup: rbac, kind, name: of });
      await client.create({ apiVersion, kind: "Role", metadata: { namespace, name: "lists" }, rules });
      await client.create({
        apiVersion,
        kind: "ClusterRole",
        metadata: { name: role, labels },
        rules: [...named, ...urls],
      });
      const roleRef = refTo("Role", "lists");
      await client.create({
        apiVersion,
        kind: "RoleBinding",
        metadata: { namespace, name: "lists" },
        roleRef,
        subjects,
      });
      const everywhere = { roleRef: refTo("ClusterRole", role), subjects };
      await client.create({ apiVersion, kind: "ClusterRoleBinding", metadata: { name: role, labels }, ...everywhere });
      const request = {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: { expirationSeconds: 3600 },
      };
      const made = await post(`/api/v1/namespaces/${namespace}/serviceaccounts/viewer/token`, request);
      token = String(made["status"]?.["token"]);
      await vi.waitFor(async () => {
        expect(await may(resource("list"))).toBe(true);
        expect(await may({ nonResourceAttributes: { verb: "get", path: "/reviews/a" } })).toBe(true);
      }, patience);
    }, 150_000);
    afterAll(async () => {
      const apiVersion = `${rbac}/v1`;
      await client.delete({ apiVersion, kind: "ClusterRoleBinding", name: role });
      await client.delete({ apiVersion, kind: "ClusterRole", name: role });
      await client.delete({ apiVersion: "v1", kind: "Namespace", name: namespace });
      await client.close();
      await close();
    });

    test("a service account's token is known with its user, uid and groups", async () => {
      const status = await whose(token);
      expect(status).toMatchObject({
        authenticated: true,
        user: { username: user("viewer"), uid: account.metadata.uid },
      });
      const { groups } = (status?.["user"] ?? {}) as { readonly groups?: readonly string[] };
      const wanted = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"];
      expect(groups?.toSorted()).toEqual(wanted.toSorted());
    });

    test.each([
      ["a text that is none", () => "nobody"],
      ["a token with another signature", () => `${token.slice(0, token.lastIndexOf("."))}.AAAA`],
      ["a token with other claims", () => token.replace(/\.[^.]+\./, `.${Buffer.from("{}").toString("base64url")}.`)],
    ])("%s is nobody's", async (_what, text) => {
      expect((await whose(text()))?.["authenticated"] ?? false).toBe(false);
    });

    test("a token ends with its account, also when there is another of the name", async () => {
      const ref = { apiVersion: "v1", kind: "ServiceAccount", namespace, name: "brief" };
      await client.create({ ...ref, metadata: { namespace, name: "brief" } });
      const spec = { expirationSeconds: 3600 };
      const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec };
      const made = await post(`/api/v1/namespaces/${namespace}/serviceaccounts/brief/token`, request);
      const of = String(made["status"]?.["token"]);
      await client.delete(ref);
      await client.create({ ...ref, metadata: { namespace, name: "brief" } });
      expect((await whose(of))?.["authenticated"] ?? false).toBe(false);
    });

    test("roles allow what they name, where they are bound, to whom they are bound", async () => {
      expect({
        list: await may(resource("list")),
        "list elsewhere": await may(resource("list", { namespace: "default" })),
        "list everywhere": await may(resource("list", { namespace: undefined })),
        watch: await may(resource("watch")),
        "another group": await may(resource("list", { group: "other.example.com" })),
        "get by name": await may(resource("get", { name: "one" })),
        "get by name elsewhere": await may(resource("get", { name: "one", namespace: "default" })),
        "get another": await may(resource("get", { name: "two" })),
        "somebody else": await may(resource("list"), { user: user("other") }),
        path: await may({ nonResourceAttributes: { verb: "get", path: "/reviews/a/b" } }),
        "another path": await may({ nonResourceAttributes: { verb: "get", path: "/other" } }),
        "an administrator": await may(resource("delete"), { user: "any", groups: ["system:masters"] }),
        "discovery by anyone known": await may(
          { nonResourceAttributes: { verb: "get", path: "/apis" } },
          { user: "any", groups: ["system:authenticated"] },
        ),
      }).toEqual({
        list: true,
        "list elsewhere": false,
        "list everywhere": false,
        watch: false,
        "another group": false,
        "get by name": true,
        "get by name elsewhere": true,
        "get another": false,
        "somebody else": false,
        path: true,
        "another path": false,
        "an administrator": true,
        "discovery by anyone known": true,
      });
    });

    test.each([
      ["authentication.k8s.io", "tokenreviews"],
      ["authorization.k8s.io", "subjectaccessreviews"],
    ])("%s: %s are asked and not kept", async (group, plural) => {
      const listed = (await client.request({ method: "GET", path: `/apis/${group}/v1` })) as {
        readonly resources: readonly { readonly name: string; readonly verbs: readonly string[] }[];
      };
      expect(listed.resources.find((one) => one.name === plural)?.verbs).toEqual(["create"]);
      const asked = client.request({ method: "GET", path: `/apis/${group}/v1/${plural}` });
      await expect(asked).rejects.toMatchObject({ status: 405 });
    });
  });
}
