import Scythe
import ScytheDaemon
import ScythePolicy

/// Which rule fits a process that runs.
enum ConfigMatch {
  /// Says it in one line.
  ///
  /// - Throws: `Failure` if there is no such process.
  static func line(of pid: PID, _ policy: EffectivePolicy) throws -> String {
    let procfs = Procfs()
    guard let stat = try? procfs.stat(of: pid), let status = try? procfs.status(of: pid),
      let names = try? ControlGroupNames(of: pid, procfs)
    else {
      throw Failure(message: "cannot match \(pid.rawValue): no such process", exit: Exit.noSuchProcess)
    }
    if stat.isDying(status) {
      throw Failure(
        message: "cannot match \(pid.rawValue): it is dying; nothing is read of it", exit: Exit.noSuchProcess)
    }
    let pages = try PolicyPages.compiled(policy)
    let verdict = pages.rules.verdict(of: pid, name: stat.name, userID: status.userID, in: names, procfs)
    let subject = "\(pid.rawValue) \(stat.name.description)"
    guard let index = verdict.rule else { return "\(subject): no rule fits" }
    return "\(subject): \(policy.rules[index].origin.text): rule \(index + 1): \(policy.rules[index].rule.words)"
  }
}

extension PolicyPages {
  /// The pages of a daemon that has taken a configuration.
  static func compiled(_ policy: EffectivePolicy) throws -> PolicyPages {
    do throws(Errno) {
      var pages = try PolicyPages()
      // What is compiled here is whole.
      try? pages.take(policy.page().span)
      return pages
    } catch {
      throw Failure(message: "cannot hold the rules: \(error.description); is memory short?", exit: Exit.system)
    }
  }
}
