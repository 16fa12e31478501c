/** The sample app: what a pod runs whose image nobody mapped to a command. Settings come from the environment. */
import { echoSettings } from "./settings.ts";
import { startEcho } from "./start-echo.ts";

const log = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const settings = echoSettings(process.env);
const starting = startEcho(settings, log);

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    log(`${signal}: draining`);
    void starting.then((echo) => echo.drain()).then(() => process.exit(0));
  });
}

const { httpPorts, tcpPorts } = await starting;
log(JSON.stringify({ listening: { host: settings.host, http: httpPorts, tcp: tcpPorts } }));
