import type { Shell } from "./commands.js";
import { type Action, actions, type OptionEntry, optionsOf, optionTable } from "./grammar.js";
import { guides } from "./vendor-help.js";
import { type VendorName, vendors } from "./vendors.js";

/** What completes the words of a command line, for one shell; made of the same tables as the help. */
export function completionScript(shell: Shell): string {
  return { bash, zsh, fish }[shell]();
}

const vendorNames = Object.keys(vendors) as VendorName[];
const actionNames = Object.keys(actions) as Action[];
const entries = Object.entries(optionTable) as [string, OptionEntry][];
const vendorFirst: readonly Action[] = ["run", "start", "doctor", "emulate"];

/** How a field of a request begins on the command line: `format=`, `grants:=`. */
function fieldsOf(name: VendorName): readonly string[] {
  return guides[name].fields.flatMap(({ form }) => {
    const [, field = "", sign = "", values = ""] = /^(\w+)(:?=)(.*)$/.exec(form) ?? [];
    return /^\w+(\|\w+)+$/.test(values)
      ? values.split("|").map((value) => `${field}${sign}${value}`)
      : `${field}${sign}`;
  });
}

const flags = (action: Action) => [...optionsOf(action).map(([name]) => `--${name}`), "--help"].join(" ");

function bash(): string {
  const choices = entries
    .filter(([, { choices }]) => choices)
    .map(
      ([name, { choices }]) =>
        `    --${name}) COMPREPLY=($(compgen -W "${choices?.join(" ")}" -- "$cur")); return ;;`,
    );
  return `# bash completion of exportkit: eval "$(exportkit completion bash)"
_exportkit() {
  local cur prev action vendor word
  # Fields hold "=" and ":", which are word breaks to bash.
  cur="\${COMP_LINE:0:COMP_POINT}"; cur="\${cur##* }"
  prev="\${COMP_WORDS[COMP_CWORD-1]}"
  action=run
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in
      ${actionNames.join("|")}) action="$word" ;;
      ${vendorNames.join("|")}) vendor="$word" ;;
    esac
  done
  case "$prev" in
    -o|--out) COMPREPLY=($(compgen -f -- "$cur")); return ;;
${choices.join("\n")}
  esac
  local words=""
  case "$action" in
${actionNames.map((name) => `    ${name}) words="${flags(name)}" ;;`).join("\n")}
  esac
  case "$action" in completion) words="bash zsh fish" ;; status|wait|download) COMPREPLY=($(compgen -f -W "$words" -- "$cur")); return ;; esac
  case "$vendor" in
${vendorNames.map((name) => `    ${name}) case "$action" in run|start) words="$words ${fieldsOf(name).join(" ")}" ;; esac ;;`).join("\n")}
    *) case "$action" in ${vendorFirst.join("|")}) words="$words ${vendorNames.join(" ")}" ;; esac ;;
  esac
  [ "$COMP_CWORD" -eq 1 ] && words="$words ${actionNames.join(" ")}"
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  case "$cur" in
    *[=:]*)
      local head="\${cur%"\${cur##*[=:]}"}"
      COMPREPLY=("\${COMPREPLY[@]#"$head"}") ;;
  esac
  case "\${COMPREPLY[0]}" in *=) compopt -o nospace 2>/dev/null ;; esac
}
complete -F _exportkit exportkit
`;
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

function zsh(): string {
  const described = (list: readonly (readonly [string, string])[]) =>
    list.map(([name, text]) => quoted(`${name.replaceAll(":", "\\:")}:${text}`)).join(" ");
  const options = (action: Action) =>
    described(optionsOf(action).map(([name, { text }]) => [`--${name}`, text]));
  return `#compdef exportkit
# zsh completion of exportkit: eval "$(exportkit completion zsh)"
_exportkit() {
  local action=run vendor word
  for word in \${words[2,CURRENT-1]}; do
    case $word in
      ${actionNames.join("|")}) action=$word ;;
      ${vendorNames.join("|")}) vendor=$word ;;
    esac
  done
  case \${words[CURRENT-1]} in
    -o|--out) _files; return ;;
${entries
  .filter(([, { choices }]) => choices)
  .map(([name, { choices }]) => `    --${name}) compadd -- ${choices?.join(" ")}; return ;;`)
  .join("\n")}
  esac
  local -a options
  case $action in
${actionNames.map((name) => `    ${name}) options=(${options(name)}) ;;`).join("\n")}
  esac
  case $action in completion) compadd bash zsh fish ;; status|wait|download) _files ;; esac
  case $vendor in
${vendorNames.map((name) => `    ${name}) [[ $action == (run|start) ]] && compadd -S '' -- ${fieldsOf(name).map(quoted).join(" ")} ;;`).join("\n")}
    *) [[ $action == (${vendorFirst.join("|")}) ]] && compadd -- ${vendorNames.join(" ")} ;;
  esac
  if (( CURRENT == 2 )); then
    local -a actions=(${described(Object.entries(actions).map(([name, { text }]) => [name, text]))})
    _describe command actions
  fi
  _describe option options
}
compdef _exportkit exportkit
`;
}

function fish(): string {
  const seen = (words: readonly string[]) => quoted(`__fish_seen_subcommand_from ${words.join(" ")}`);
  const unseen = quoted(`not __fish_seen_subcommand_from ${[...actionNames, ...vendorNames].join(" ")}`);
  const noVendor = quoted(`not __fish_seen_subcommand_from ${vendorNames.join(" ")}`);
  const line = (condition: string, rest: string) => `complete -c exportkit -n ${condition} ${rest}`;
  const optionLines = entries.map(([name, { short, value, choices, text, of }]) => {
    const others = actionNames.filter((action) => !of.includes(action));
    const condition = of.includes("run")
      ? quoted(`not __fish_seen_subcommand_from ${others.join(" ")}`)
      : seen(of);
    const values = choices ? ` -xa ${quoted(choices.join(" "))}` : value ? " -r" : "";
    return line(condition, `-l ${name}${short ? ` -s ${short}` : ""}${values} -d ${quoted(text)}`);
  });
  return [
    "# fish completion of exportkit: exportkit completion fish | source",
    "complete -c exportkit -f",
    ...Object.entries(actions).map(([name, { text }]) => line(unseen, `-a ${name} -d ${quoted(text)}`)),
    line(noVendor, `-a ${quoted(vendorNames.join(" "))}`),
    ...vendorNames.map((name) => line(seen([name]), `-a ${quoted(fieldsOf(name).join(" "))}`)),
    line(seen(["completion"]), "-a 'bash zsh fish'"),
    line(seen(["status", "wait", "download"]), "-F"),
    ...optionLines,
    "",
  ].join("\n");
}
