// Needs the rig: it installs the chart's roles for the whole cluster.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resourceTypes } from "@headgate/api";
import { accessFromKubeconfig, accessInCluster, connect } from "@headgate/kube";
import type { Access } from "@headgate/kube";
import { expect, onTestFinished, test } from "vitest";
import { installChartAccounts } from "../rigs/kubernetes/chart-accounts.ts";
import { adminAccess } from "../rigs/kubernetes/shared-cluster.ts";

async function whoIs(access: Access): Promise<string> {
  const client = connect(access);
  const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
  const { status } = (await client.request({ method: "POST", path, body })) as {
    status: { userInfo: { username: string } };
  };
  await client.close();
  return status.userInfo.username;
}

test("the chart's accounts are let in by token, by kubeconfig and by the files of a pod, with their own roles", async () => {
  const folder = await mkdtemp(join(tmpdir(), "headgate-accounts-"));
  const namespace = "accounts-test";
  const { operator, proxy, uninstall } = await installChartAccounts(adminAccess(), { namespace });
  onTestFinished(async () => {
    await uninstall();
    await rm(folder, { recursive: true });
  });
  expect(operator.user).toBe("system:serviceaccount:accounts-test:headgate");
  expect(operator.election).toEqual({ namespace, name: "headgate-operator" });
  expect(operator.args[0]).toBe("operator");
  expect(proxy.args[0]).toBe("proxy");
  for (const account of [operator, proxy]) {
    const path = await account.writeKubeconfig(folder);
    await account.writePodFiles(join(folder, account.name));
    const { hostname, port } = new URL(account.access.server);
    const env = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
    const ways = [
      account.access,
      await accessFromKubeconfig({ path }),
      accessInCluster({ root: join(folder, account.name), env }),
    ];
    for (const access of ways) expect(await whoIs(access)).toBe(account.user);
  }
  const client = connect(operator.access);
  onTestFinished(() => client.close());
  await client.list(resourceTypes.Service);
  const secrets = { apiVersion: "v1", kind: "Secret", plural: "secrets", namespaced: true };
  await expect(client.list(secrets)).rejects.toThrow('cannot list resource "secrets"');
});
