import Foundation
import ScytheLinux
import TestSupport

extension VictimProcess {
  /// Makes the victim; `nil`, and a line that says why, if this machine cannot.
  static func makeIfPossible(_ what: String, _ arguments: [String]) throws -> VictimProcess? {
    do {
      return try VictimProcess(arguments)
    } catch let refusal as VictimProcess.Unavailable where refusal.isRefusal {
      print("not run: \(what): \(refusal)")
      return nil
    }
  }

  /// The processes that the victim named in a list, such as `children`.
  func pids(_ name: String) -> [PID] {
    (values[name] ?? "").split(separator: ",").compactMap { Int32($0) }.map { PID($0) }
  }

  /// Sends SIGKILL and says whether the victim died of it.
  func diesOfKill() throws -> Bool {
    try signal(pid, .kill)
    return ask("w") == "exited 9"
  }
}

/// A word of a process's, or a thread's, `/proc/PID/status`, such as `t` for `State`.
func statusWord(_ name: String, of pid: PID) throws -> String? {
  let text = try String(contentsOfFile: "/proc/\(pid.rawValue)/status", encoding: .utf8)
  let line = text.split(separator: "\n").first { $0.hasPrefix("\(name):\t") }
  return line?.split { $0 == "\t" || $0 == " " }.dropFirst().first.map(String.init)
}

func signal(_ pid: PID, _ signal: Signal) throws { try ProcessDescriptor(pid).send(signal) }

/// Waits, 10 s at most.
func eventually(_ isSo: () throws -> Bool) rethrows -> Bool {
  for _ in 0..<1000 {
    if try isSo() { return true }
    usleep(10_000)
  }
  return false
}

func isGone(_ pid: PID) -> Bool { !isAlive(pid) }
