// Needs the rig: its backends are processes at addresses of the rig's network.
import "./matching.ts";
import "./filters.ts";
import "./backends.ts";
import "./streaming.ts";
import "./protocols.ts";
import { openContour } from "./contour-rig.ts";
import { proxySuite } from "./suite.ts";

/** What Contour 1.33 and Envoy do otherwise, and why it is theirs. */
const knownGaps = {
  "query parameters are decoded before they are compared": "Envoy compares them as they were sent",
  "a host that is more specific does not hide what only a wider host takes":
    "Envoy looks for a route among those of the best host only",
  "several slashes in a path stay several": "Contour merges them unless its configuration says disableMergeSlashes",
  "a prefix is replaced by whole segments: one that is or becomes / neither joins two nor doubles a slash":
    "Contour replaces text: /xyz/ for /foo makes /xyz//bar of /foo/bar, and /xyz for / makes /xyzbar of /bar",
  "the host that was asked is told to the backend, rewritten or not": "Envoy sets no X-Forwarded-Host",
  "a redirect leaves out the port that its scheme implies": "Contour writes every port that the filter names",
  "a redirect goes to the port of its scheme, or else of the listener, whatever port the client wrote":
    "Envoy keeps the port that the client wrote in Host",
  "a rule with a filter that is not supported answers 500, and its neighbours serve":
    "Contour leaves the filter out and serves the rule",
  "a backend whose Service is missing answers 500 for its share": "Contour gives its share to the others",
  "a rule without backends answers 500":
    "Contour makes no route of it, so that it answers 404; the specification is silent",
  "an endpoint that terminates and still serves takes what nobody else can": "Contour takes ready endpoints only",
  "an endpoint that refuses connections is passed over while another answers":
    "Contour sets no retries for routes of Gateway API",
  "a backend that breaks off before it answers is 502": "Envoy says 503",
  "trailers of an answer are passed on": "Envoy drops trailers of HTTP/1.1 unless it is told otherwise",
  "what strangers claim of a request's origin is not believed":
    "Contour appends to X-Forwarded-For, and leaves X-Forwarded-Host and Forwarded as they came",
};

proxySuite({ name: "Contour and Envoy", open: openContour, knownGaps });
