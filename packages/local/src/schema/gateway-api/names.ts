import { int32, text } from "./builders.ts";

export const group = "gateway.networking.k8s.io";

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
export const subdomain = `${label}(\\.${label})*`;
const domainPrefixed = `${subdomain}\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+`;

export const hostname = text(1, 253, `^(\\*\\.)?${subdomain}$`);
export const preciseHostname = text(1, 253, `^${subdomain}$`);
export const sectionName = preciseHostname;
export const objectName = text(1, 253);
export const namespace = text(1, 63, `^${label}$`);
export const kind = text(1, 63, "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$");
export const groupName = text(undefined, 253, `^$|^${subdomain}$`);
export const port = int32({ minimum: 1, maximum: 65535 });
export const controllerName = text(1, 253, `^${domainPrefixed}$`);
export const addressType = text(1, 253, `^Hostname|IPAddress|NamedAddress|${domainPrefixed}$`);
export const protocol = text(1, 255, `^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|${subdomain}\\/[A-Za-z0-9]+$`);
export const headerName = text(1, 256, "^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$");
export const annotationValue = text(0, 4096);
