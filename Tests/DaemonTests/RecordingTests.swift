import Foundation
import ScytheLinux
import TestSupport
import Testing

/// Whether a file system of one's own can be made, and frozen.
private let canFreeze: Bool = {
  guard canBeAlone, limitedHierarchy != nil else { return false }
  let result = try? BuiltProgram.run(
    URL(fileURLWithPath: "/bin/sh"),
    [
      "-c",
      #"""
      work=$(mktemp -d); trap 'rm -rf $work' EXIT; cd $work
      truncate -s 8M image && mkfs.ext4 -q -F -O ^has_journal image && mkdir disk && unshare --mount sh -c '
        mount -o loop image disk && fsfreeze -f disk && fsfreeze -u disk && umount disk'
      """#,
    ])
  return result?.status == 0
}()

/// A line of JSON among what a script said.
private func object(_ output: String, after mark: String) throws -> [String: Any] {
  let line = try #require(output.split(separator: "\n").first { $0.hasPrefix("\(mark) ") }, "\(output)")
  let json = try JSONSerialization.jsonObject(with: Data(line.dropFirst(mark.count + 1).utf8))
  return try #require(json as? [String: Any])
}

private func number(_ object: Any?, _ key: String) -> Int64? {
  ((object as? [String: Any])?[key] as? NSNumber)?.int64Value
}

@Suite(.serialized) struct `What the daemon puts down` {
  @Test(
    .enabled(if: canBeAlone, "a pid namespace needs root and unshare"),
    .enabled(if: limitedHierarchy != nil, "no memory limit can be set here"))
  func `of a real kill is on the status page and in the kill log`() throws {
    let result = try runInContainer(
      #"""
      "$1" $folders 2>log & daemon=$!
      has log watches
      sleep 60 | "$2" --grow 40M --grow-to 1G --comm hog >hog &
      hog=$(ready hog); gone $hog; echo hog $hog
      echo top $(says "\"stored\":1" "$4" top --once --json --file $run/status)
      "$4" top --once --file $run/status
      kill -TERM $daemon; wait $daemon
      echo history $("$4" history --json --file $state/kills.log)
      "$4" history --file $state/kills.log
      "$4" top --once --file $run/status; echo ended $?
      "$1" $folders 2>again & daemon=$!
      has again watches
      echo again $(says pid "$4" top --once --json --file $run/status)
      kill -TERM $daemon; wait $daemon
      cat log >&2
      """#)
    let hog = try #require(result.output.split(separator: "\n").first { $0.hasPrefix("hog ") }.map { $0.dropFirst(4) })
    let top = try object(result.output, after: "top")
    #expect(
      number(top["counts"], "kills") == 1
        && number(top["killLog"], "entered") == 1, "\(top)")
    #expect((top["killLog"] as? [String: Any])?["state"] as? String == "open")
    #expect(top["mode"] as? String == "watches" && number(top["headroom"], "container") != nil)
    let history = try object(result.output, after: "history")
    let kills = try #require(history["kills"] as? [[String: Any]])
    let last = try #require(top["lastKills"] as? [[String: Any]])
    #expect(kills.count == 1 && last.count == 1)
    for kill in [kills[0], last[0]] {
      #expect(kill["name"] as? String == "hog" && number(kill, "pid") == Int64(hog), "\(kill)")
      #expect(
        kill["outcome"] as? String == "killed" && kill["evidence"] != nil && kill["rule"] != nil,
        "\(kill)")
      #expect((number(kill, "bytesBack") ?? 0) > 64 << 20 && (number(kill, "headroomBytes") ?? 0) > 0, "\(kill)")
      #expect((number(kill, "signalNanoseconds") ?? 0) > 0 && (number(kill, "backNanoseconds") ?? 0) > 0, "\(kill)")
    }
    #expect(result.output.contains("killed") && result.output.contains("who would die first"))
    #expect(result.output.contains("ended 4") && result.error.contains("has ended"), "\(result.error)")
    // The next one goes on with the numbers, and shows what was before.
    let again = try object(result.output, after: "again")
    #expect((again["lastKills"] as? [[String: Any]])?.count == 1 && number(again["counts"], "kills") == 0)
  }

  @Test(
    .enabled(if: canBeAlone, "a pid namespace needs root and unshare"),
    .enabled(if: limitedHierarchy != nil, "no memory limit can be set here"))
  func `of a kill that it only tells says so`() throws {
    let result = try runInContainer(
      #"""
      "$1" --dry-run $folders 2>log & daemon=$!
      has log observes
      sleep 60 | "$2" --anon 190M --grow 10M --grow-to 1G --comm hog >hog &
      hog=$(ready hog)
      has log "would have killed"
      echo top $(says "\"stored\":1" "$4" top --once --json --file $run/status)
      kill -TERM $daemon; wait $daemon
      echo history $("$4" history --json --file $state/kills.log)
      cat log >&2
      """#)
    let top = try object(result.output, after: "top")
    #expect(top["mode"] as? String == "observes" && number(top["counts"], "told") == 1, "\(top)")
    let kills = try #require(try object(result.output, after: "history")["kills"] as? [[String: Any]])
    #expect(kills.count == 1 && kills[0]["outcome"] as? String == "told" && number(kills[0], "bytesBack") == 0)
  }

  @Test(
    .enabled(if: canBeAlone, "a pid namespace needs root and unshare"),
    .enabled(if: limitedHierarchy != nil, "no memory limit can be set here"))
  func `is not missed where the folder of the log is read-only`() throws {
    let result = try runInContainer(
      #"""
      mkdir readonly && mount -t tmpfs -o ro none readonly
      "$1" --run-directory $run --state-directory $PWD/readonly/scythe 2>log & daemon=$!
      has log watches
      sleep 60 | "$2" --grow 40M --grow-to 1G --comm hog >hog &
      hog=$(ready hog); gone $hog && echo killed
      echo top $(says "\"kills\":1" "$4" top --once --json --file $run/status)
      "$4" top --once --file $run/status
      kill -TERM $daemon; wait $daemon; echo daemon $?
      cat log >&2
      """#)
    #expect(result.output.contains("killed\n") && result.output.contains("daemon 0\n"), "\(result.error)")
    let said = result.error.split(separator: "\n").filter { $0.contains("cannot keep a kill log") }
    #expect(said.count == 1 && said[0].contains("/readonly/scythe: read-only file system (EROFS)"), "\(result.error)")
    let top = try object(result.output, after: "top")
    #expect((top["killLog"] as? [String: Any])?["state"] as? String == "failing")
    #expect(number(top["killLog"], "stored") == 0 && number(top["killLog"], "entered") == 1)
  }

  @Test(.enabled(if: canFreeze, "needs root, mkfs.ext4, fsfreeze and a loop device"))
  func `waits for a disk that hangs, and killing does not`() throws {
    let result = try runInContainer(
      #"""
      truncate -s 8M image && mkfs.ext4 -q -F -O ^has_journal image && mkdir disk && mount -o loop image disk
      trap "fsfreeze -u disk 2>/dev/null; umount disk; cd /; rm -rf $work" EXIT
      "$1" --run-directory $run --state-directory $PWD/disk/scythe 2>log & daemon=$!
      has log watches
      says "\"state\":\"open\"" "$4" top --once --json --file $run/status >/dev/null && fsfreeze -f disk
      for number in 1 2; do
        sleep 60 | "$2" --grow 40M --grow-to 1G --comm hog$number >hog$number &
        hog=$(ready hog$number); gone $hog && echo killed $number
      done
      echo hanging $(says "\"kills\":2" "$4" top --once --json --file $run/status)
      "$4" top --once --file $run/status
      fsfreeze -u disk
      echo thawed $(says "\"stored\":2" "$4" top --once --json --file $run/status)
      kill -TERM $daemon; wait $daemon; echo daemon $?
      echo history $("$4" history --json --file disk/scythe/kills.log)
      cat log >&2
      """#)
    #expect(result.output.contains("killed 1\nkilled 2\n"), "\(result.output)\(result.error)")
    let hanging = try object(result.output, after: "hanging")
    #expect(number(hanging["killLog"], "stored") == 0 && number(hanging["killLog"], "entered") == 2, "\(hanging)")
    #expect((number(hanging["killLog"], "waitingNanoseconds") ?? 0) > 0, "\(hanging)")
    #expect(result.output.contains("waits for the disk since"))
    let thawed = try object(result.output, after: "thawed")
    #expect(number(thawed["killLog"], "lost") == 0 && number(thawed["killLog"], "waitingNanoseconds") == nil)
    let kills = try #require(try object(result.output, after: "history")["kills"] as? [[String: Any]])
    #expect(kills.map { $0["name"] as? String } == ["hog1", "hog2"])
  }

  @Test(
    .enabled(if: canBeAlone, "a pid namespace needs root and unshare"),
    .enabled(if: limitedHierarchy != nil, "no memory limit can be set here"))
  func `has one writer: a second daemon that kills ends, and one that observes goes on without`() throws {
    let result = try runInContainer(
      #"""
      "$1" $folders 2>log & daemon=$!
      says pid "$4" top --once --json --file $run/status >/dev/null
      "$1" $folders 2>second; echo second $?
      "$1" --dry-run $folders 2>third & third=$!
      has third observes; kill -TERM $third; wait $third; echo third $?
      kill -TERM $daemon; wait $daemon; echo daemon $?
      "$1" --dry-run $folders 2>fourth & fourth=$!
      says "\"observes\"" "$4" top --once --json --file $run/status >/dev/null
      "$1" $folders 2>fifth & fifth=$!
      has fifth watches; kill -TERM $fifth; wait $fifth; echo fifth $?
      kill -TERM $fourth; wait $fourth; echo fourth $?
      sed "s/$daemon /DAEMON /; s/^/second: /" second >&2; sed "s/^/third: /" third >&2; sed "s/^/fifth: /" fifth >&2
      """#)
    #expect(result.output == "second 71\nthird 0\ndaemon 0\nfifth 0\nfourth 0\n", "\(result.error)")
    let second = result.error.split(separator: "\n").filter { $0.hasPrefix("second: ") }
    #expect(
      second == [
        "second: scythed: cannot watch: process DAEMON watches already; stop it, or give this one a --run-directory of its own"
      ])
    for other in ["third", "fifth"] {
      let said = result.error.split(separator: "\n").filter { $0.hasPrefix("\(other): ") }
      #expect(said.contains { $0.contains("cannot have a status page") && $0.contains("writes one there already") })
      #expect(said.contains { $0.contains("cannot keep a kill log") && $0.contains("another daemon writes it") })
    }
  }

  @Test func `needs a folder in memory for the page, and says what it goes on without`() throws {
    let disk = FileManager.default.temporaryDirectory.path
    try #require(
      try !FileDescriptor(PathBuffer(bytes: disk.utf8), .directory).isInMemory(), "the disk is in memory here")
    let result = try run(
      #"""
      "$1" --dry-run --run-directory $state/run --state-directory $state & daemon=$!
      sleep 1; kill -TERM $daemon; wait $daemon
      """#)
    #expect(result.status == 0)
    let said = result.error.split(separator: "\n").filter { $0.contains("cannot have a status page") }
    #expect(said.count == 1 && said[0].contains("it is on a disk"), "\(result.error)")
  }
}
