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
  private var output: CInt = -1
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
      var ends: [CInt] = [0, 0]
      guard unsafe pipe(&ends) == 0 else { return }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
      pid = Spawn.start(killer.arguments[0], Array(killer.arguments.dropFirst()), output: ends[1]) ?? 0
      close(ends[1])
      output = ends[0]
    case .systemd:
      try? Procfs().forEachProcess { (candidate) in
        if Text.read("/proc/\(candidate.rawValue)/comm") == "\(killer.name)\n" { pid = candidate.rawValue }
        return true
      }
    }
  }

  /// Whether it runs: a killer that does not is no killer.
  var isAlive: Bool { pid > 0 && kill(pid, 0) == 0 && (try? Procfs().stat(of: PID(pid)))?.state != UInt8(ascii: "Z") }

  /// Takes in what it said until now.
  func listen(at now: Int64) {
    guard output >= 0 else { return }
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = unsafe read(output, &buffer, buffer.count)
      guard count > 0 else { return }
      rest += String(decoding: buffer[..<count], as: UTF8.self)
      while let end = rest.firstIndex(of: "\n") {
        let line = String(rest[..<end])
        rest = String(rest[rest.index(after: end)...])
        if let mark, decidedAt == nil, line.contains(mark) { decidedAt = now }
        lines.append(line)
      }
    }
  }

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
