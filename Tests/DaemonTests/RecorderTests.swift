import Foundation
import ScytheLinux
import ScythePolicy
import ScytheTelemetry
import TestSupport
import Testing

@testable import ScytheDaemon

private func folder(_ parent: String) throws -> URL {
  let url = URL(fileURLWithPath: parent).appendingPathComponent("scythe-test.\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
  return url
}

/// A recorder with its thread, as the loop has it. The thread and what it works on stay until the tests end.
@safe private struct Recording: ~Copyable {
  let run: URL
  let state: URL
  let scribe: UnsafeMutablePointer<Scribe>
  var recorder: Recorder
  let events: UnsafeMutablePointer<EventCounter>

  init(stateBelow name: String? = nil) throws {
    let run = try folder("/dev/shm")
    let state = try folder(NSTemporaryDirectory())
    var options = WatchOptions()
    options.runDirectory = PathBuffer(bytes: run.path.utf8)
    options.stateDirectory = PathBuffer(bytes: (name.map { "\(state.path)/\($0)" } ?? state.path).utf8)
    let scribe = UnsafeMutablePointer<Scribe>.allocate(capacity: 1)
    unsafe scribe.initialize(to: try Scribe())
    let events = UnsafeMutablePointer<EventCounter>.allocate(capacity: 1)
    unsafe events.initialize(to: try EventCounter())
    let recorder = try Recorder(options)
    self.run = run
    self.state = state
    unsafe self.scribe = unsafe scribe
    unsafe self.events = unsafe events
    self.recorder = recorder
  }

  deinit {
    for url in [run, state] { try? FileManager.default.removeItem(at: url) }
  }

  mutating func start() throws { try unsafe recorder.start(scribe, events) }

  /// What the page says once the loop has looked again.
  mutating func status() throws -> StatusSnapshot {
    recorder.publish(Decision(), SystemSample(), PolicySettings())
    return try StatusReport(
      PathBuffer(bytes: run.appendingPathComponent("status").path.utf8), boot: try BootIdentity()
    ).snapshot
  }

  /// Waits until the log has come so far, and returns what the page says then.
  mutating func status(until isDone: (StatusSnapshot) -> Bool) throws -> StatusSnapshot {
    for _ in 0..<2000 {
      let status = try status()
      if isDone(status) { return status }
      MonotonicClock.sleep(nanoseconds: 5_000_000)
    }
    return try status()
  }

  mutating func enter(_ number: Int32) {
    var record = KillRecord()
    record.outcome = .killed
    record.pid = PID(number)
    recorder.enter(record)
  }

  func pids(in path: String) throws -> [Int32] {
    var records: [KillRecord] = []
    let file = state.appendingPathComponent(path).path
    _ = try KillLog.forEachRecord(of: PathBuffer(bytes: file.utf8)) { records.append($0) }
    return records.sorted { $0.sequence < $1.sequence }.map(\.pid.rawValue)
  }
}

@Suite(.serialized) struct `A recorder` {
  @Test func `stores what enters, in its order`() throws {
    var recording = try Recording()
    try recording.start()
    for number in 1...5 as ClosedRange<Int32> { recording.enter(number) }
    let status = try recording.status { $0.stored == 5 }
    #expect(status.entered == 5 && status.stored == 5 && status.lost == 0 && status.logWaitingNanoseconds == nil)
    #expect(status.logState == .open && status.kills == 5)
    let pids = try recording.pids(in: "kills.log")
    #expect(pids == [1, 2, 3, 4, 5])
  }

  @Test func `keeps sixteen records for a log that fails, and stores them when it does not`() throws {
    var recording = try Recording(stateBelow: "blocked/state")
    let blocked = recording.state.appendingPathComponent("blocked")
    try Data("a file, where a folder should be".utf8).write(to: blocked)
    try recording.start()
    for number in 1...20 as ClosedRange<Int32> { recording.enter(number) }
    let failing = try recording.status { $0.logState == .failing }
    #expect(failing.logState == .failing && failing.stored == 0 && failing.entered == 20)
    #expect(failing.logErrorNumber == 20 && failing.logWaitingNanoseconds != nil)
    try FileManager.default.removeItem(at: blocked)
    recording.enter(21)
    let mended = try recording.status { $0.stored + $0.lost == 21 }
    #expect(mended.stored == 16 && mended.lost == 5 && mended.logState == .open && mended.logErrorNumber == 0)
    #expect(mended.logWaitingNanoseconds == nil)
    let pids = try recording.pids(in: "blocked/state/kills.log")
    #expect(pids == Array(6...21))
  }

  @Test func `goes on with the numbers of a log of before`() throws {
    var first = try Recording()
    try first.start()
    first.enter(1)
    first.enter(2)
    _ = try first.status { $0.stored == 2 }
    // Another boot: the page is gone, and the log is not.
    var second = try Recording()
    let log = "kills.log"
    try FileManager.default.copyItem(
      at: first.state.appendingPathComponent(log), to: second.state.appendingPathComponent(log))
    try second.start()
    second.enter(3)
    _ = try second.status { $0.stored == 1 }
    let pids = try second.pids(in: log)
    #expect(pids == [1, 2, 3])
  }
}
