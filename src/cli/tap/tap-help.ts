/** The text of `exportkit tap --help`. */
export const tapHelpText = `Usage: exportkit tap --config FILE [--catalog FILE] [--state FILE]
       exportkit tap --config FILE --discover
       exportkit tap VENDOR …   with the credentials from the environment

A Singer tap: writes SCHEMA, RECORD and STATE messages, for any target of Singer or Meltano.
  exportkit tap -c config.json | target-jsonl >> state.jsonl
  exportkit tap -c config.json --state state.jsonl | target-jsonl >> state.jsonl

Options:
  -c, --config FILE     JSON: { "vendor": "zephr", "options": { … }, "streams": { "users": { … } } }
  --catalog FILE        which streams and properties, and how; as --discover prints it
  -s, --state FILE      what the target printed last; an export that was cut off is resumed
  -d, --discover        print the catalog and leave
  -q, --quiet           no progress
  -v, --verbose         every request and retry, on the standard error

Fields of the configuration:
  vendor       authgear, avepoint or zephr
  options      the adapter's options; without them, credentials come from the environment
  streams      a request for each stream, by its name; default one stream "users" (not for avepoint)
  start_date   where the first incremental run begins; default everything
  lookback_ms  how far before the last run an incremental one begins; default 0
`;
