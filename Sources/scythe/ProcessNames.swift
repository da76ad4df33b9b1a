import Glibc
import Scythe

/// Finds processes by name.
enum ProcessNames {
  /// The processes whose short name matches a shell pattern; threads of the kernel and the command itself never do.
  ///
  /// - Parameter verb: what shall happen to them.
  /// - Throws: `Failure` if there is none, or more than one and not all are meant.
  static func matches(of pattern: String, to verb: String, all: Bool) throws -> [PID] {
    let procfs = Procfs()
    var found: [(pid: PID, name: String)] = []
    do throws(Errno) {
      try procfs.forEachProcess { (pid) throws(Errno) in
        guard pid != .current, let stat = try? procfs.stat(of: pid), !stat.isKernelThread else { return true }
        let name = stat.name.description
        if unsafe fnmatch(pattern, name, 0) == 0 { found.append((pid, name)) }
        return true
      }
    } catch {
      throw Failure(message: "cannot look for '\(pattern)': \(error.description)", exit: Exit.system)
    }
    if found.isEmpty {
      throw Failure(
        message: "cannot \(verb) '\(pattern)': no process has that name; 'ps -e' shows the names",
        exit: Exit.noSuchProcess)
    }
    if found.count > 1, !all {
      let shown = found.prefix(8).map { "\($0.pid.rawValue) (\($0.name))" }.joined(separator: ", ")
      let more = found.count > 8 ? " and \(found.count - 8) more" : ""
      throw Failure(
        message: "cannot \(verb) '\(pattern)': it matches \(found.count) processes, \(shown)\(more); name one, or add"
          + " --all",
        exit: Exit.refused)
    }
    return found.map(\.pid)
  }
}
