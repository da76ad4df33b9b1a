import Foundation
import ScytheLinux
import TestSupport
import Testing

/// A control group with a memory limit that a test's processes can be put into.
let limitedHierarchy: ControlGroupHierarchy? = {
  for hierarchy in [ControlGroupHierarchy.memory, .unified] {
    guard let group = try? TestControlGroup(hierarchy) else { continue }
    defer { group.remove() }
    if (try? group.write("268435456", to: hierarchy == .memory ? "memory.limit_in_bytes" : "memory.max")) != nil {
      return hierarchy
    }
  }
  return nil
}()

let canBeAlone = geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/unshare")

/// Where the system has a program.
func program(_ name: String) -> String? {
  ["/usr/bin/\(name)", "/bin/\(name)"].first { FileManager.default.isExecutableFile(atPath: $0) }
}

/// Whether a program can be traced here.
let canTrace: Bool = {
  guard let strace = program("strace"), let something = program("true") else { return false }
  return (try? BuiltProgram.run(URL(fileURLWithPath: strace), ["-o", "/dev/null", something]))?.status == 0
}()

/// What a daemon and its machine said. The script has the daemon as $1, the victim's program as $2, a control group as $3,
/// the command as $4, and what has calls refused as $5; $run and $state are folders for the page and the log, and $folders
/// names them to the daemon.
func run(_ script: String, in group: TestControlGroup? = nil) throws -> BuiltProgram.Result {
  let programs = [BuiltProgram.url("scythed").path, BuiltProgram.url("scythe-victim").path]
  let name = "scythe-test.\(UUID().uuidString)"
  let runFolder = "/dev/shm/\(name)"
  let stateFolder = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
  defer {
    for folder in [runFolder, stateFolder] { try? FileManager.default.removeItem(atPath: folder) }
  }
  let folders = """
    export run=\(runFolder) state=\(stateFolder)
    export folders="--run-directory $run --state-directory $state"

    """
  let others = [group?.path ?? "", BuiltProgram.url("scythe").path, BuiltProgram.url("WithoutCalls").path]
  return try BuiltProgram.run(
    URL(fileURLWithPath: "/bin/sh"), ["-c", folders + script, "sh"] + programs + others)
}

/// What scripts begin with that are a machine of their own: a place to work in, a process that must live, and words.
private let preparation = #"""
  # has FILE WORDS: waits up to 30 s until they are in it.
  has() { for _ in $(seq 600); do case "$(cat $1)" in *"$2"*) return 0;; esac; sleep 0.05; done; return 1; }
  # says WORDS COMMAND: waits up to 30 s until they are in what a command says, and prints that.
  says() { words=$1; shift; for _ in $(seq 300); do said=$("$@" 2>&1); case "$said" in *"$words"*) echo "$said"; return 0;;
    esac; sleep 0.1; done; echo "$said" >&2; return 1; }
  # gone PID: waits up to 60 s until a process is dead.
  gone() { for _ in $(seq 1200); do kill -0 $1 2>/dev/null || return 0; sleep 0.05; done; return 1; }
  # ready FILE: waits for a victim, and prints its number.
  ready() { has $1 "ready " && read -r _ pid _ <$1 && echo $pid; }
  work=$(mktemp -d); trap "rm -rf $work" EXIT; cd $work
  sleep 60 | "$2" --anon 24M --comm bystander >bystander &
  bystander=$(ready bystander)
  """#

/// Runs a script as the first process of a pid namespace that ends with it, beside a control group of 256 MiB.
///
/// - Parameter enter: is run before, outside of the namespace.
private func runAlone(_ script: String, enter: String) throws -> BuiltProgram.Result {
  let hierarchy = try #require(limitedHierarchy)
  let group = try TestControlGroup(hierarchy)
  defer { group.remove() }
  try group.write("268435456", to: hierarchy == .memory ? "memory.limit_in_bytes" : "memory.max")
  let inside = "exec unshare --pid --fork --mount-proc --kill-child sh -c '\n\(preparation)\n\(script)\n' sh \"$@\""
  return try run("\(enter)\n\(inside)", in: group)
}

/// A container for a test: 256 MiB, and a script with the arguments of `run`. The daemon in it sees nobody else, and can
/// kill nobody else.
func runInContainer(_ script: String) throws -> BuiltProgram.Result {
  try runAlone(script, enter: #"echo $$ >"$3/cgroup.procs" || exit"#)
}

/// A machine for a test, with a control group $3 in it that has 256 MiB: the script is not in that, and the daemon sees
/// nobody else.
func runBesideGroup(_ script: String) throws -> BuiltProgram.Result { try runAlone(script, enter: "") }
