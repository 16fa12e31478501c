import { defaultPodRouteSettings, parsePodRouteSettings } from "@headgate/api";
import { expect, test } from "vitest";

test("what is not given has the original operator's default", () => {
  expect(parsePodRouteSettings({})).toEqual({ ok: true, value: defaultPodRouteSettings });
  expect(parsePodRouteSettings({ podPort: undefined })).toEqual({ ok: true, value: defaultPodRouteSettings });
  expect(defaultPodRouteSettings).toEqual({
    podPort: 8080,
    servicePort: 80,
    gatewayName: "envoy-router",
    watchNamespace: "",
    instance: "headgate",
  });
});

test("given settings count", () => {
  const given = {
    podPort: 1,
    servicePort: 65535,
    gatewayName: "my.gw",
    watchNamespace: "ns-1",
    instance: "ns-1.release",
  };
  expect(parsePodRouteSettings(given)).toEqual({ ok: true, value: given });
});

test("every wrong setting is refused by its flag, all at once", () => {
  const wrong = { podPort: 0, servicePort: "80", gatewayName: "A_b", watchNamespace: "a.b", instance: "" };
  const parsed = parsePodRouteSettings(wrong);
  expect(parsed.ok ? [] : parsed.refusals.map(({ message }) => message)).toMatchInlineSnapshot(`
    [
      "--pod-port is 0; it must be a whole number from 1 to 65535",
      "--service-port is "80"; it must be a whole number from 1 to 65535",
      "--gateway-name is "A_b"; it must be the name of a Gateway (a lower-case DNS name)",
      "--watch-namespace is "a.b"; it must be the name of a namespace, or empty for all",
      "--instance is ""; it must be a label value of 1 to 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit",
    ]
  `);
  for (const port of [65536, -1, 1.5, NaN, Infinity, "8080", null, {}]) {
    expect(parsePodRouteSettings({ podPort: port }).ok).toBe(false);
  }
});
