import Foundation
import ScytheLinux
import ScythePolicy
import TestSupport
import Testing

@testable import ScytheDaemon

/// Whether a rule fits a process.
private func fits(_ rule: VictimRule, _ pid: PID, _ procfs: Procfs = Procfs()) throws -> Bool {
  var pages = try PolicyPages()
  try pages.take(page([rule]).span)
  let stat = try procfs.stat(of: pid)
  let status = try procfs.status(of: pid)
  return try pages.rules.verdict(
    of: pid, name: stat.name, userID: status.userID, in: ControlGroupNames(of: pid, procfs), procfs
  ).rule == 0
}

@Suite struct `A rule and a process that runs` {
  @Test func `agree by what is true, and not by what the process calls itself`() throws {
    let liar = try VictimProcess("--anon", "1M", "--comm", "sshd")
    #expect(try fits(rule(.never, (.name, "sshd")), liar.pid), "a name is the process's own word")
    #expect(try !fits(rule(.never, (.executable, "/usr/sbin/sshd")), liar.pid))
    #expect(try !fits(rule(.never, (.name, "sshd"), (.executable, "/usr/sbin/sshd")), liar.pid))
    #expect(try fits(rule(.never, (.name, "sshd"), (.executable, "*/scythe-victim")), liar.pid))
  }

  @Test func `agree by the arguments, parted by blanks`() throws {
    let victim = try VictimProcess("--anon", "1M", "--comm", "argued")
    #expect(try fits(rule(.never, (.commandLine, "*--anon 1M --comm argued")), victim.pid))
    #expect(try !fits(rule(.never, (.commandLine, "*--anon 2M*")), victim.pid))
  }

  @Test func `still agree when the program was replaced by an update`() throws {
    let folder = try PagesOnDisk()
    let program = "\(folder.path)/updated"
    try FileManager.default.copyItem(atPath: "/bin/sleep", toPath: program)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["60"]
    try process.run()
    defer { process.terminate() }
    let pid = PID(process.processIdentifier)
    let never = rule(.never, (.executable, program))
    #expect(try fits(never, pid))
    try FileManager.default.removeItem(atPath: program)
    #expect(try Procfs().executable(of: pid).hasSuffix(" (deleted)"))
    #expect(try fits(never, pid))
  }

  @Test func `agree by the control group and the innermost unit of it`() throws {
    let processes = try FakeProcesses()
    var shape = FakeProcesses.Shape()
    let name = "/user.slice/user@1000.service/app.slice/app-firefox.scope/tab"
    shape.group = name
    try processes.set(10, shape)
    func agree(_ field: RuleField, _ text: String) throws -> Bool {
      try fits(rule(.never, (field, text)), PID(10), processes.procfs)
    }
    #expect(try agree(.group, name))
    #expect(try agree(.group, "/user.slice/*"))
    #expect(try !agree(.group, "user.slice*"))
    #expect(try agree(.unit, "app-firefox.scope"))
    #expect(try !agree(.unit, "user@1000.service"))
    shape.group = "/"
    try processes.set(10, shape)
    #expect(try agree(.group, "/"))
    #expect(try agree(.unit, "") && !agree(.unit, "?*"))
  }

  @Test(.timeLimit(.minutes(1))) func `never meet over a command line that nobody asks for, or that dies`() throws {
    let processes = try FakeProcesses()
    var shape = FakeProcesses.Shape()
    shape.isKillPending = true
    try processes.set(10, shape)
    // Whoever opens it waits for ever.
    unsafe mkfifo("\(processes.path)/10/cmdline", 0o600)
    var pages = try PolicyPages()
    try pages.take(page([rule(.never, (.commandLine, "*"))]).span)
    var table = try CandidateTable(capacity: 8)
    try table.look(.whole, processes.procfs, sessions: LoginSessions(PathBuffer("/nonexistent")), pages.rules)
    #expect(table.count == 1)
    shape.isKillPending = false
    try processes.set(10, shape)
    unsafe mkfifo("\(processes.path)/10/cmdline", 0o600)
    try pages.take(page([rule(.never, (.name, "job"))]).span)
    try table.look(.whole, processes.procfs, sessions: LoginSessions(PathBuffer("/nonexistent")), pages.rules)
    let row = table.withRows { $0[0] }
    #expect(row.classes.contains(.ruledOut))
  }

  @Test func `decide about the row of a table`() throws {
    let processes = try FakeProcesses()
    for (pid, name) in [(10, "never"), (11, "more"), (12, "less"), (13, "other")] {
      var shape = FakeProcesses.Shape()
      shape.name = name
      try processes.set(pid, shape)
    }
    var pages = try PolicyPages()
    try pages.take(
      page([
        rule(.never, (.name, "never")), rule(.weigh, weight: 50, (.name, "more")),
        rule(.weigh, weight: -50, (.name, "less")),
      ]).span)
    var table = try CandidateTable(capacity: 8)
    try table.look(.whole, processes.procfs, sessions: LoginSessions(PathBuffer("/nonexistent")), pages.rules)
    let rows = table.withRows { rows in rows.indices.map { rows[$0] } }
    #expect(rows.map { $0.classes.contains(.ruledOut) } == [true, false, false, false])
    #expect(rows.map(\.ruleWeightPercent) == [0, 50, -50, 0])
  }
}

@Suite struct `A policy that is taken` {
  @Test func `stays until a good one follows`() throws {
    let disk = try PagesOnDisk()
    var pages = try PolicyPages()
    let file = PathBuffer(
      bytes: try disk.write(page([rule(.never, (.name, "a"))], PolicySettings(profile: .server))).utf8)
    try pages.take(from: file)
    let held = pages.contents
    #expect(held.settings.profile == .server && held.ruleCount == 1)
    for bad in [[], [1, 2, 3], [UInt8](repeating: 0, count: 40_000), Array(page([]).dropLast())] {
      _ = try disk.write(bad)
      var isRefused = false
      do throws(PolicyFileError) { try pages.take(from: file) } catch { isRefused = true }
      #expect(isRefused && pages.contents == held)
      #expect(pages.rule(at: 0)?.effect == .never)
    }
    _ = try disk.write(page([]))
    try pages.take(from: file)
    #expect(pages.contents == PolicyPageContents() && pages.rule(at: 0) == nil)
  }

  private func refusal(_ path: String) throws -> PolicyFileError? {
    var pages = try PolicyPages()
    do throws(PolicyFileError) {
      try pages.take(from: PathBuffer(bytes: path.utf8))
      return nil
    } catch {
      return error
    }
  }

  @Test(.timeLimit(.minutes(1))) func `is a plain file with nothing behind the page`() throws {
    let disk = try PagesOnDisk()
    #expect(try refusal("\(disk.path)/none") == .unreadable(.noSuchFileOrDirectory))
    #expect(try refusal(disk.path) == .noFile)
    unsafe mkfifo("\(disk.path)/pipe", 0o600)
    #expect(try refusal("\(disk.path)/pipe") == .noFile)
    let long = String(repeating: "a", count: 96)
    let large = page(
      Array(repeating: rule(.never, (.name, long), (.name, long), (.name, long), (.name, long)), count: 40))
    #expect(try refusal(try disk.write(large)) == nil)
    #expect(try refusal(try disk.write(large + [0])) == .page(.wrongLength))
    #expect(try refusal(try disk.write(large + [UInt8](repeating: 0, count: 5000))) == .page(.wrongLength))
  }

  @Test(.enabled(if: geteuid() == 0, "needs root"))
  func `is root's alone where root takes it`() throws {
    let disk = try PagesOnDisk()
    let file = try disk.write(page([]))
    #expect(try refusal(file) == nil)
    unsafe chmod(file, 0o646)
    #expect(try refusal(file) == .foreign)
    unsafe chmod(file, 0o664)
    #expect(try refusal(file) == nil, "its group is root's")
    unsafe chown(file, 0, 65534)
    #expect(try refusal(file) == .foreign)
    unsafe chmod(file, 0o644)
    unsafe chown(file, 65534, 65534)
    #expect(try refusal(file) == .foreign)
  }
}
