import Foundation
import ScytheLinux
import ScythePolicy
import TestSupport
import Testing

private let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

/// The unit, as it is installed below a folder.
private func unit(below prefix: String) throws -> String {
  let file = repository.appendingPathComponent("Packaging/systemd/scythed.service.in")
  return try String(contentsOf: file, encoding: .utf8).replacingOccurrences(of: "@PREFIX@", with: prefix)
}

/// Whether it is there: in the lab the tests run without their sources.
private let hasUnit = (try? unit(below: "")) != nil

/// The words of all lines of a setting.
private func words(of setting: String) throws -> [String] {
  try unit(below: "").split(separator: "\n").filter { $0.hasPrefix("\(setting)=") }
    .flatMap { $0.dropFirst(setting.count + 1).split(separator: " ") }.map(String.init)
}

/// The daemon that is installed: static, so that it makes no call of a library that is not its own.
private let installedDaemon: String? = {
  let path = repository.appendingPathComponent(".build/embedded-musl/release/scythed").path
  return FileManager.default.isExecutableFile(atPath: path) ? path : nil
}()

/// Has a process frozen so that a SIGKILL does not wake it.
private func withFrozenVictim(_ size: String, _ body: (PID) throws -> Void) throws {
  let group = try TestControlGroup(.freezer)
  let victim = try VictimProcess("--anon", size)
  defer { victim.end() }
  defer { group.remove() }
  try group.add(victim.pid)
  try group.freeze()
  try body(victim.pid)
}

/// The calls in what `strace -c` has written.
private func calls(in summary: String) -> Set<String> {
  Set(
    summary.split(separator: "\n").compactMap { line in
      let columns = line.split(separator: " ")
      guard columns.count >= 5, Double(columns[0]) != nil, let name = columns.last, name != "total" else { return nil }
      return String(name)
    })
}

@Suite(.enabled(if: hasUnit, "needs the repository")) struct `The unit` {
  @Test(.enabled(if: program("systemd-analyze") != nil, "needs systemd-analyze"))
  func `is one that systemd takes`() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("scythe-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    for name in ["bin/scythe", "sbin/scythed"] {
      let file = folder.appendingPathComponent(name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        at: file, withDestinationURL: BuiltProgram.url(file.lastPathComponent))
    }
    let file = folder.appendingPathComponent("scythed.service")
    try Data(try unit(below: folder.path).utf8).write(to: file)
    let result = try BuiltProgram.run(
      URL(fileURLWithPath: program("systemd-analyze") ?? ""), ["verify", "--man=no", file.path])
    let faults = result.error.split(separator: "\n").filter { $0.contains("scythed.service") }
    #expect(result.status == 0 && faults.isEmpty, "\(result.error)")
  }

  @Test func `names each system call once`() throws {
    let names = try words(of: "SystemCallFilter")
    #expect(names.count > 50 && Set(names).count == names.count)
    #expect(try words(of: "SystemCallErrorNumber") == ["ENOSYS"])
  }

  @Test func `calls nothing but its own programs and the shell`() throws {
    for setting in ["ExecStartPre", "ExecStart", "ExecReload"] {
      let lines = try unit(below: "/own").split(separator: "\n").filter { $0.hasPrefix("\(setting)=") }
      #expect(!lines.isEmpty)
      for line in lines {
        let program = line.dropFirst(setting.count + 1).drop { "-+".contains($0) }.prefix { $0 != " " }
        #expect(program.hasPrefix("/own/") || program == "/bin/sh")
      }
    }
  }

  @Test(
    .enabled(if: program("setpriv") != nil && geteuid() == 0, "needs setpriv, and root"),
    .enabled(if: TestControlGroup.isAvailable(.freezer), "needs a v1 freezer"))
  func `leaves the rights to free a victim that a v1 freezer holds`() throws {
    let rights = try words(of: "CapabilityBoundingSet").map { "+\($0.dropFirst(4).lowercased())" }
    #expect(!rights.isEmpty)
    try withFrozenVictim("16M") { victim in
      let result = try BuiltProgram.run(
        URL(fileURLWithPath: program("setpriv") ?? ""),
        [
          "--bounding-set", "-all," + rights.joined(separator: ","), BuiltProgram.url("scythed").path, "--kill",
          "\(victim.rawValue)",
        ])
      let said = result.output + result.error
      #expect(result.status == 0 && said.contains("; dead"), "\(said)")
    }
  }

  @Test(
    .enabled(if: canTrace, "needs strace, and the right to trace"),
    .enabled(if: installedDaemon != nil, "needs the static build; 'make test' makes it"),
    .enabled(if: canBeAlone, "a pid namespace needs root and unshare"),
    .enabled(if: limitedHierarchy != nil, "no memory limit can be set here"))
  func `lets the daemon do all that it does`() throws {
    let manager = try NotifySocket()
    let disk = try PagesOnDisk()
    let policy = try disk.write(page([rule(.never, (.name, "precious"))]))
    let summary = FileManager.default.temporaryDirectory.appendingPathComponent("scythe-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: summary) }
    let trace = "strace -f -c -o SUMMARY"
    let daemon = "\(trace) DAEMON $folders --policy PAGE"
    func prepared(_ script: String) -> String {
      [("SUMMARY", summary.path), ("DAEMON", installedDaemon ?? ""), ("PAGE", policy)]
        .reduce(script) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
    }
    var made: Set<String> = []
    func take(_ result: BuiltProgram.Result, _ word: String) throws {
      #expect(result.error.contains(word), "\(result.error)")
      let found = calls(in: try String(contentsOf: summary, encoding: .utf8))
      #expect(found.count > 20, "strace has seen too little")
      made.formUnion(found)
    }
    // The daemon is the child of its tracer.
    let begin = #"""
      export NOTIFY_SOCKET=MANAGER WATCHDOG_USEC=1000000
      DAEMON_LINE 2>log & tracer=$!
      has log watches
      daemon=$(cat /proc/$tracer/task/$tracer/children); daemon=${daemon%% *}
      kill -HUP $daemon; has log "took over"
      """#
      .replacingOccurrences(of: "MANAGER", with: manager.address).replacingOccurrences(of: "DAEMON_LINE", with: daemon)
    let end = "\nkill -TERM $daemon; wait $tracer; cat log >&2"
    try take(
      try runInContainer(
        prepared(
          begin + #"""

            sleep 60 | "$2" --grow 20M --grow-to 1G --comm hog >hog &
            hog=$(ready hog); gone $hog
            has log killed
            """# + end)), "scythed: killed ")
    try take(
      try runBesideGroup(
        prepared(
          begin + #"""

            sh -c "echo \$\$ >$3/cgroup.procs; sleep 60 | exec $2 --grow 20M --grow-to 1G --comm hog" >hog &
            hog=$(ready hog); gone $hog
            has log killed
            """# + end)), "rule group of 256.0 MiB")
    if TestControlGroup.isAvailable(.freezer) {
      try withFrozenVictim("32M") { victim in
        try take(try run(prepared("\(trace) DAEMON --kill \(victim.rawValue) >&2")), "bytes back")
      }
    }
    let allowed = Set(try words(of: "SystemCallFilter"))
    #expect(made.subtracting(allowed).isEmpty, "not in SystemCallFilter: \(made.subtracting(allowed).sorted())")
  }
}
