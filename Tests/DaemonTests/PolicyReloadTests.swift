import Foundation
import ScytheLinux
import ScythePolicy
import TestSupport
import Testing

/// Runs a script with the daemon as $1, and a folder with pages as $2.
private func run(_ script: String, _ disk: PagesOnDisk) throws -> BuiltProgram.Result {
  let begin = #"""
    # has WORDS: waits up to 30 s until the daemon has said them.
    has() { for _ in $(seq 600); do case "$(cat log 2>/dev/null)" in *"$1"*) return 0;; esac; sleep 0.05; done; echo missing "$1"; }
    cd "$2"
    """#
  return try BuiltProgram.run(
    URL(fileURLWithPath: "/bin/sh"),
    ["-c", begin + "\n" + script, "sh", BuiltProgram.url("scythed").path, disk.path])
}

/// Whether the daemon can be run by the user nobody: as root, with setpriv, and from folders that nobody may enter.
private let canRunAsNobody: Bool = {
  guard geteuid() == 0 else { return false }
  let result = try? BuiltProgram.run(
    URL(fileURLWithPath: "/usr/bin/setpriv"),
    ["--reuid=65534", "--regid=65534", "--clear-groups", BuiltProgram.url("scythed").path, "--help"])
  return result?.status == 0
}()

@Suite(.serialized) struct `The daemon's policy` {
  @Test func `is read again at SIGHUP, and a bad one leaves the one before`() throws {
    let disk = try PagesOnDisk()
    _ = try disk.write(page([rule(.never, (.name, "a"))], PolicySettings(profile: .server)))
    var next = PolicySettings(profile: .build)
    next.isObserving = true
    _ = try disk.write(page([], next), to: "next")
    let result = try run(
      #"""
      "$1" --dry-run --run-directory "$2/run" --state-directory "$2/kills" --policy policy.page 2>log & daemon=$!
      has "the policy of policy.page: profile server, 1 rule"
      echo rubbish >policy.page; kill -HUP $daemon
      has "cannot use the policy of policy.page: it is too short to be a page; write it again with 'scythe config compile'; what held"
      rm policy.page; kill -HUP $daemon
      has "cannot use the policy of policy.page: no such file or directory"
      cp next policy.page; kill -HUP $daemon
      has "took over the policy of policy.page: profile build, 0 rules, only observes"
      kill -TERM $daemon; wait $daemon; echo daemon $?
      cat log >&2
      """#, disk)
    #expect(result.output == "daemon 0\n", "\(result.error)")
    #expect(result.error.hasSuffix("scythed: ends\n"))
  }

  @Test func `is where the user's state is, and need not be there`() throws {
    let disk = try PagesOnDisk()
    let isRoot = geteuid() == 0
    let result = try run(
      #"""
      export XDG_STATE_HOME="$2/state"
      "$1" --dry-run --run-directory "$2/run" --state-directory "$2/kills" 2>log & daemon=$!
      has "observes"; kill -HUP $daemon
      has "took over"
      kill -INT $daemon; wait $daemon; echo daemon $?
      cat log >&2
      """#, disk)
    #expect(result.output == "daemon 0\n", "\(result.error)")
    #expect(isRoot || result.error.contains("the default policy"), "\(result.error)")
  }

  @Test(.enabled(if: canRunAsNobody, "needs root, setpriv, and a checkout that nobody may enter"))
  func `of a user without a home is the default, and only observes all the same if that was asked for`() throws {
    let disk = try PagesOnDisk()
    let result = try run(
      #"""
      env -i /usr/bin/setpriv --reuid=65534 --regid=65534 --clear-groups "$1" --dry-run 2>log & daemon=$!
      has "scythed: observes"; has "the default policy"
      kill -TERM $daemon; wait $daemon; echo daemon $?
      """#, disk)
    #expect(result.output == "daemon 0\n", "\(result.error)")
  }

  @Test(arguments: [
    ("none", "no such file or directory"), (".", "it is no file"), ("rubbish", "it is no page of a policy"),
    ("newer", "another version of Scythe made it"),
  ])
  func `that is refused at the start ends the daemon, which has none to go on with`(name: String, words: String) throws
  {
    let disk = try PagesOnDisk()
    _ = try disk.write([UInt8](repeating: 0x2a, count: 100), to: "rubbish")
    var newer = page([])
    newer[8] = 2
    _ = try disk.write(newer, to: "newer")
    let result = try BuiltProgram.run(
      BuiltProgram.url("scythed"),
      ["--dry-run", "--run-directory", "\(disk.path)/run", "--state-directory", "\(disk.path)/kills"]
        + ["--policy", name == "." ? disk.path : "\(disk.path)/\(name)"])
    #expect(result.status == 78 && result.output.isEmpty)
    #expect(
      result.error.hasPrefix("scythed: cannot use the policy of ") && result.error.contains(words), "\(result.error)")
    #expect(result.error.split(separator: "\n").count == 1)
  }
}
