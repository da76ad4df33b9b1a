import CLabGuest
import Glibc
import LabCatalog
import ScytheLinux

/// A way to kill a victim and to have its memory back.
enum HardMeans: String, CaseIterable {
  case signal = "SIGKILL"
  /// In the next statement, and without a look at anything: what lmkd, earlyoom 1.9 and oomd do.
  case release = "SIGKILL and process_mrelease"
  case command = "scythe kill"
  /// What the manual says for kernels without process_mrelease; the others need it not.
  case limit = "scythe kill --carrier limit"
  case daemon = "scythed --kill"

  /// Those that a kernel is asked for.
  static var here: [HardMeans] { allCases.filter { $0 != .limit || release.refusal != nil } }

  /// Why this kernel has it not; `nil` if it has.
  var refusal: String? {
    guard self == .release else { return nil }
    do throws(Errno) {
      try MemoryReleaseProbe.checkRelease()
      return nil
    } catch {
      return error == .noFunction ? "process_mrelease came with Linux 5.15" : Self.words(error)
    }
  }

  /// Begins to kill, as a process of its own of the ordinary class.
  ///
  /// - Parameters:
  ///   - victim: who is to die.
  ///   - withSharers: whether those who share its memory are to die too, where that has to be said.
  ///   - output: gets what is said of it.
  ///   - seconds: how long it may take.
  /// - Returns: the process; -1 if it cannot be started.
  func start(
    _ victim: PID, _ process: borrowing ProcessDescriptor, withSharers: Bool, seconds: Int, output: CInt
  ) -> pid_t {
    switch self {
    case .signal, .release: return startCalls(process)
    case .command, .limit:
      var words = ["kill", "\(victim.rawValue)", "--json", "--deadline", "\(seconds)s"]
      if self == .limit { words += ["--carrier", "limit"] }
      if withSharers { words.append("--with-sharers") }
      return Spawn.start("/lab/scythe", words, output: output) ?? -1
    case .daemon: return Spawn.start("/lab/scythed", ["--kill", "\(victim.rawValue)"], output: output) ?? -1
    }
  }

  /// Makes the calls alone: those who use them are running already when they have to.
  private func startCalls(_ process: borrowing ProcessDescriptor) -> pid_t {
    let pid = labguest_fork()
    guard pid == 0 else { return pid_t(pid) }
    _ = labguest_set_real_time(0)
    do throws(Errno) {
      try process.send(.kill)
      if self == .release { try process.releaseMemory() }
    } catch {
      _exit(error.rawValue)
    }
    _exit(0)
  }

  /// What it says of what it did, in a line.
  ///
  /// - Parameters:
  ///   - output: what it printed.
  ///   - status: what it ended with, as `wait(2)` has it; `nil` if it had to be ended.
  func said(_ output: String, status: CInt?) -> String? {
    let words: String? =
      switch self {
      case .signal: nil
      case .release: status.map { $0 == 0 ? "released" : Self.words(Errno(rawValue: $0 >> 8 & 0xff)) }
      case .command, .limit: KillAnswer.ofCommand(output)
      case .daemon: KillAnswer.ofDaemon(output)
      }
    if status == nil { return "did not end" + (words.map { ": \($0)" } ?? "") }
    return words
  }

  private static func words(_ error: Errno) -> String { error.explanation?.description ?? "error \(error.rawValue)" }
}
