import Glibc
import LabCatalog
import ScytheLinux

/// The killer of a run, and what it says.
final class KillerProcess {
  /// 0 if there is none.
  private(set) var pid: pid_t = 0
  /// When it said for the first time that it will act.
  private(set) var decidedAt: Int64?
  private let mark: String?
  private var output: OutputPipe?
  private var lines: [String] = []
  private var rest = ""

  /// Starts it, or finds it where systemd has started it.
  ///
  /// - Parameter killer: as the catalogue has it.
  init(_ killer: Killer) {
    mark = killer.decisionMark
    switch killer.start {
    case .none: return
    case .program:
      guard let pipe = try? OutputPipe() else { return }
      pid = Spawn.start(killer.arguments[0], Array(killer.arguments.dropFirst()), output: pipe.end) ?? 0
      pipe.closeWriting()
      output = pipe
    case .systemd:
      try? Procfs().forEachProcess { (candidate) in
        if Text.read("/proc/\(candidate.rawValue)/comm") == "\(killer.name)\n" { pid = candidate.rawValue }
        return true
      }
    }
  }

  /// Whether it runs: a killer that does not is no killer.
  var isAlive: Bool { pid > 0 && kill(pid, 0) == 0 && (try? Procfs().stat(of: PID(pid)))?.state != UInt8(ascii: "Z") }

  /// Its threads, by which the kernel names who has sent a signal.
  var threads: Set<Int32> {
    guard pid > 0 else { return [] }
    var threads: Set = [pid]
    try? Procfs().forEachThread(of: PID(pid)) { thread in
      threads.insert(thread.rawValue)
      return true
    }
    return threads
  }

  /// Takes in what it said until now.
  func listen(at now: Int64) {
    rest += output?.text() ?? ""
    while let end = rest.firstIndex(of: "\n") {
      let line = String(rest[..<end])
      rest = String(rest[rest.index(after: end)...])
      if let mark, decidedAt == nil, line.contains(mark) { decidedAt = now }
      lines.append(line)
    }
  }

  /// Ends it, unless systemd keeps it.
  func end() { if output != nil, pid > 0 { kill(pid, SIGKILL) } }

  /// Says the last of it.
  func report(to port: Port) {
    listen(at: MonotonicClock.nowNanoseconds)
    for line in (lines + (rest.isEmpty ? [] : [rest])).suffix(20) {
      var record = Record("log")
      record.set("source", "killer")
      record.set("line", String(line.prefix(300)))
      port.write(record)
    }
  }
}
