import Foundation
import ScytheLinux
import ScythePolicy
import TestSupport
import Testing

@testable import ScytheDaemon

private let second: Int64 = 1_000_000_000

/// A notifier of the variables that a manager sets.
private func notifier(_ variables: [String], pid: Int32 = 7) throws -> Notifier {
  let root = FileManager.default.temporaryDirectory.appendingPathComponent("scythe-\(UUID().uuidString)")
  try FileManager.default.createDirectory(
    at: root.appendingPathComponent("self"), withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: root) }
  let text = variables.map { $0 + "\0" }.joined()
  try Data(text.utf8).write(to: root.appendingPathComponent("self/environ"))
  return Notifier(ProgramEnvironment(Procfs(root: PathBuffer(bytes: root.path.utf8))), pid: PID(pid))
}

@Suite struct `The notifier` {
  @Test(arguments: ["/tmp/scythe-\(UUID().uuidString)", "@scythe-\(UUID().uuidString)"])
  func `tells in the manager's words, at a path and at an abstract address`(address: String) throws {
    let manager = try NotifySocket(address)
    var notifier = try notifier(["PATH=/bin", "NOTIFY_SOCKET=\(address)"])
    #expect(notifier.trouble == nil)
    notifier.sayReady()
    notifier.beginReload(at: 5_000_001_999)
    notifier.finishReload()
    notifier.finishReload()
    notifier.sayStopping()
    #expect(manager.words() == ["READY=1", "RELOADING=1\nMONOTONIC_USEC=5000001", "READY=1", "STOPPING=1"])
  }

  @Test func `tells people what it does, and who died last`() throws {
    let manager = try NotifySocket()
    let notifier = Notifier(manager.path, watchdogMicroseconds: 0)
    var settings = PolicySettings()
    notifier.say(status: PathBuffer(statusOf: settings))
    settings.isObserving = true
    settings.profile = .server
    notifier.say(status: PathBuffer(statusOf: settings))
    var victim = Victim()
    victim.pid = PID(159)
    victim.name = ProcessName(Array("hog\n2".utf8).span)
    var status = PathBuffer(statusOf: PolicySettings())
    status.append(lastKillOf: victim, bytesBack: 604 << 20)
    notifier.say(status: status)
    #expect(
      manager.words() == [
        "STATUS=watches, profile desktop", "STATUS=only observes, profile server",
        "STATUS=watches, profile desktop; the last kill: 159 (hog?2), 604.0 MiB back",
      ])
  }

  @Test func `says nothing, and hurries nobody, where nobody listens`() throws {
    var notifier = try notifier(["WATCHDOG_USEC=20000000"])
    #expect(notifier.trouble == nil && notifier.dueNanoseconds == .max)
    notifier.sayReady()
    notifier.takeTurn(at: 100 * second)
    notifier.sayStopping()
  }

  @Test(arguments: [
    ("/tmp/there is no such socket", Errno.noSuchFileOrDirectory), ("vsock:2:1234", Errno(rawValue: EAFNOSUPPORT)),
    ("/" + String(repeating: "x", count: 107), .nameTooLong),
  ])
  func `knows why it cannot reach a manager`(address: String, error: Errno) throws {
    let notifier = try notifier(["NOTIFY_SOCKET=\(address)", "WATCHDOG_USEC=1000000"])
    #expect(notifier.trouble == error && notifier.dueNanoseconds == .max)
  }

  @Test func `tells that it lives when a quarter of the time is over, and is due at half of it`() throws {
    let manager = try NotifySocket()
    var notifier = Notifier(manager.path, watchdogMicroseconds: 20_000_000)
    notifier.takeTurn(at: 100 * second)
    #expect(manager.words() == ["WATCHDOG=1"] && notifier.dueNanoseconds == 110 * second)
    // A busy loop does not tell of every turn, and is hurried no sooner for it.
    for turn in 1..<50 { notifier.takeTurn(at: 100 * second + Int64(turn) * second / 10) }
    #expect(manager.words().isEmpty && notifier.dueNanoseconds == 110 * second)
    notifier.takeTurn(at: 105 * second)
    #expect(manager.words() == ["WATCHDOG=1"] && notifier.dueNanoseconds == 115 * second)
  }

  @Test func `keeps the watchdog's time with turns of five seconds alone`() throws {
    let manager = try NotifySocket()
    var notifier = Notifier(manager.path, watchdogMicroseconds: 20_000_000)
    var now = 50 * second
    var longest: Int64 = 0
    var told = now
    for turn in 0..<200 {
      // A wait ends up to a millisecond late, and is counted from the turn's end.
      now += 5 * second + Int64(turn % 3) * 400_000
      #expect(notifier.dueNanoseconds >= now || turn == 0)
      notifier.takeTurn(at: now)
      guard manager.words() == ["WATCHDOG=1"] else { continue }
      longest = max(longest, now - told)
      told = now
    }
    #expect(longest < 11 * second)
  }

  @Test(arguments: [
    ["WATCHDOG_USEC=20000000", "WATCHDOG_PID=8"], ["WATCHDOG_USEC=0"], ["WATCHDOG_USEC=20s"], ["WATCHDOG_USEC="], [],
  ])
  func `is not hurried by a watchdog that is none of its own, or is none`(variables: [String]) throws {
    let manager = try NotifySocket()
    var notifier = try notifier(["NOTIFY_SOCKET=\(manager.address)"] + variables)
    notifier.takeTurn(at: 100 * second)
    #expect(manager.words().isEmpty && notifier.dueNanoseconds == .max)
  }

  @Test func `takes a watchdog of a time without end`() throws {
    let manager = try NotifySocket()
    var notifier = try notifier([
      "NOTIFY_SOCKET=\(manager.address)", "WATCHDOG_PID=7", "WATCHDOG_USEC=\(UInt64.max)",
    ])
    notifier.takeTurn(at: second)
    #expect(notifier.dueNanoseconds > 1 << 61)
  }

  @Test func `waits for no manager that does not read, and tells later that the daemon is ready`() throws {
    let manager = try NotifySocket()
    var notifier = Notifier(manager.path, watchdogMicroseconds: 4)
    for turn in 1...1000 { notifier.takeTurn(at: Int64(turn) * second) }
    notifier.sayReady()
    let before = manager.words()
    #expect(!before.isEmpty && !before.contains("READY=1"))
    notifier.takeTurn(at: 2000 * second)
    #expect(manager.words() == ["READY=1", "WATCHDOG=1"])
  }

  @Test func `outlives its manager`() throws {
    var notifier: Notifier
    do {
      let manager = try NotifySocket()
      notifier = Notifier(manager.path, watchdogMicroseconds: 20_000_000)
    }
    notifier.sayReady()
    notifier.takeTurn(at: 100 * second)
    #expect(notifier.dueNanoseconds == 110 * second)
  }
}

@Suite struct `The daemon of a service manager` {
  @Test func `says when it is ready, that it lives, when it has reloaded, and that it ends`() throws {
    let manager = try NotifySocket()
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("scythe-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let daemon = Process()
    daemon.executableURL = BuiltProgram.url("scythed")
    daemon.arguments = [
      "--dry-run", "--run-directory", folder.path + "/run", "--state-directory", folder.path + "/state",
    ]
    // The number of the daemon is not known before it runs: without WATCHDOG_PID the watchdog is its own.
    daemon.environment = ["NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "600000"]
    daemon.standardError = FileHandle.nullDevice
    try daemon.run()
    defer { if daemon.isRunning { daemon.terminate() } }
    #expect(manager.waits(for: "READY=1"))
    #expect(manager.waits(for: "STATUS=only observes, profile desktop"))
    for _ in 0..<3 { #expect(manager.waits(for: "WATCHDOG=1")) }
    kill(daemon.processIdentifier, SIGHUP)
    #expect(manager.waits(for: "RELOADING=1\nMONOTONIC_USEC="))
    #expect(manager.waits(for: "READY=1"))
    #expect(manager.waits(for: "STATUS=only observes, profile desktop"))
    daemon.terminate()
    #expect(manager.waits(for: "STOPPING=1"))
    daemon.waitUntilExit()
    #expect(daemon.terminationStatus == 0)
  }
}
