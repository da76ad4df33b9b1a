import Glibc
import ScytheLinux
import ScytheVictims

/// All that the daemon does, under a filter that ends whoever makes a call that the unit does not list: so the list is shown
/// to be complete on this kernel, by this service manager.
enum ServiceCalls {
  /// Where a machine with version 1 has its freezer; the mount hides a group of version 2.
  private static let freezer = "/sys/fs/cgroup/freezer"

  static func check(_ trial: ServiceTrial) throws {
    trial.area = "filter"
    proveFilter(trial)
    ServiceManager.change("SystemCallErrorNumber=kill")
    defer { ServiceManager.change(nil) }
    let mark = trial.journal.mark
    let start = ServiceManager.startAnew()
    trial.check("it starts where a call that is not listed kills", start.status == 0, "ends with \(start.status)")
    let daemon = ServiceManager.daemon

    trial.check("a hog is killed", trial.killHog("hog"), is: "scythed")
    trial.clear()
    try politely(trial)
    try inVain(trial)
    // Version 1 has no groups of that kind.
    if !GuestGroups.areOfVersion1 { asOne(trial) }
    frozen(trial)
    try sharers(trial)
    try robust(trial)
    rescue(trial)
    try limitedGroup(trial)
    kernelVictim(trial)
    bomb(trial)
    observing(trial)

    trial.check("it is the process that was started", "\(ServiceManager.daemon)", is: "\(daemon)")
    let stop = ServiceManager.control("stop", ServiceManager.unit)
    trial.check("it stops", stop.status == 0, "ends with \(stop.status)")
    trial.check("and has ended by itself", ServiceManager.property("Result"), is: "success")
    trial.journal.read()
    let lines = trial.journal.lines.dropFirst(mark)
    let ended = lines.first { $0.contains("status=31") || $0.contains("SIGSYS") || $0.contains("code=dumped") }
    trial.check("nobody made a call that is not listed", ended == nil, ended ?? "no such line of \(lines.count)")
    // What is refused by policy, as a page that is none, is an error too; here nothing is.
    let error = trial.journal.errors(after: mark).first
    trial.check("there is no error in the journal", error == nil, error ?? "no such line of \(lines.count)")
    ServiceManager.change(nil)
    trial.check(
      "it starts again with its own filter", ServiceManager.startAnew().status == 0,
      ServiceManager.property("ActiveState"))
  }

  /// Without this a filter that is not there would pass for one that nobody meets.
  private static func proveFilter(_ trial: ServiceTrial) {
    ServiceManager.change(
      "SystemCallErrorNumber=kill\nExecStart=\nExecStart=/usr/bin/busybox hostname other\nRestart=no")
    _ = ServiceManager.startAnew()
    let status = ServiceManager.property("ExecMainStatus")
    trial.check("the filter ends whoever makes another call (sethostname)", status, is: "31")
    ServiceManager.change(nil)
  }

  // MARK: Kinds of kills

  private static func politely(_ trial: ServiceTrial) throws {
    let mark = trial.journal.mark
    let victim = try trial.victim("leak", slowLeak(trial))
    trial.check("a slow leak is ended", trial.ender(of: victim.pid.rawValue, seconds: 90), is: "scythed")
    trial.check("it is asked to end, and does", line: trial.journal.line(with: "asked to end", after: mark))
    victim.end()
    trial.clear()
  }

  private static func inVain(_ trial: ServiceTrial) throws {
    let mark = trial.journal.mark
    let victim = try trial.victim("deaf", slowLeak(trial) + ["--ignore-term"])
    trial.check(
      "a leak that ignores SIGTERM is ended", trial.ender(of: victim.pid.rawValue, seconds: 90), is: "scythed")
    trial.check("it is asked in vain", line: trial.journal.line(with: "asked in vain to end", after: mark))
    trial.check("and killed", line: trial.journal.line(with: "killed \(victim.pid.rawValue)", after: mark))
    victim.end()
    trial.clear()
  }

  /// Three MiB a second, with a twelfth of the memory left: more than a second from the line to the end. By the daemon's own
  /// account of what is left: what it has at once must not come near the line, for that comes fast.
  private static func slowLeak(_ trial: ServiceTrial) -> [String] {
    let explained = ServiceTrial.scythe("explain", "--json").output
    let headroom = explained.firstRange(of: "\"headroom\":{").flatMap {
      JSONText.number("total", in: explained[$0.upperBound...])
    }
    let bytes = (headroom ?? ServiceTrial.availableBytes) - trial.stage.totalBytes / 12
    return ["--anon", "\(bytes)", "--grow", "3M", "--grow-to", "1G"]
  }

  private static func asOne(_ trial: ServiceTrial) {
    let mark = trial.journal.mark
    let cast = trial.stage.cast
    let partner = cast.start(.holder, "partner", .cause, bytes: 32 << 20, group: "pair")
    Text.write("1", to: "\(Cast.userGroup)/pair.scope/memory.oom.group")
    _ = cast.settle(seconds: 20)
    let hog = cast.start(.hog, "pair-hog", .cause, group: "pair", ServiceTrial.fast)
    trial.check("a hog of a group that is to die as one is killed", trial.ender(of: hog.pid), is: "scythed")
    trial.check("and all of its group", trial.ender(of: partner.pid, seconds: 10), is: "scythed")
    trial.check("in one kill", line: trial.journal.line(with: "and 1 more", after: mark))
    trial.clear()
  }

  /// Somebody who cannot run, and has more than four times as much as whoever grows: what does not grow counts a quarter.
  private static func startHolder(_ name: String, _ trial: ServiceTrial) -> Cast.Member {
    let cast = trial.stage.cast
    let holder = cast.start(.holder, name, .cause, bytes: 520 << 20, group: name)
    _ = cast.settle(seconds: 40)
    let rest = ServiceTrial.availableBytes - 70 << 20
    cast.start(.holder, "never", .bystander, bytes: max(rest, 0) & ~0xfff, adjustment: -1000)
    _ = cast.settle(seconds: 40)
    return holder
  }

  private static func frozen(_ trial: ServiceTrial) {
    let holder = startHolder("frozen", trial)
    GuestGroups.freeze("\(Cast.userGroup)/frozen.scope")
    trial.stage.cast.start(.hog, "other-hog", .cause, ["pause=5000", "limit=\(100 << 20)"])
    trial.check("a frozen process is killed", trial.ender(of: holder.pid), is: "scythed")
    trial.clear()
  }

  private static func sharers(_ trial: ServiceTrial) throws {
    let victim = try trial.victim(
      "sharer", ["--anon", "64M", "--grow", "60M", "--grow-to", "2G", "--share", "clone-vm"])
    let other = victim.pid("sharer").rawValue
    trial.check(
      "a process whose memory another one shares is killed", trial.ender(of: victim.pid.rawValue), is: "scythed")
    trial.check("and the other one too", trial.ender(of: other, seconds: 10), is: "scythed")
    victim.end()
    trial.clear()
  }

  private static func robust(_ trial: ServiceTrial) throws {
    let victim = try trial.victim("mutex", ["--anon", "64M", "--grow", "60M", "--grow-to", "2G", "--robust", "held"])
    trial.check("a holder of a robust mutex is killed", trial.ender(of: victim.pid.rawValue), is: "scythed")
    trial.check("and the next one gets the mutex", victim.mutexFate().rawValue, is: "recovered")
    victim.end()
    trial.clear()
  }

  /// One that a freezer of version 1 holds dies; its neighbours stay frozen.
  private static func rescue(_ trial: ServiceTrial) {
    let cast = trial.stage.cast
    // The daemon sees what is mounted after its start.
    guard GuestGroups.areOfVersion1 || Folder.mount("cgroup", on: freezer, "freezer") else { return }
    defer { if !GuestGroups.areOfVersion1 { Folder.unmount(freezer) } }
    let group = "\(freezer)/lab"
    Folder.make(group)
    let neighbour = cast.start(.holder, "neighbour", .cause, bytes: 8 << 20)
    let holder = startHolder("frozen-v1", trial)
    for member in [holder, neighbour] { Text.write("\(member.pid)", to: "\(group)/cgroup.procs") }
    Text.write("FROZEN", to: "\(group)/freezer.state")
    cast.start(.hog, "thawed-hog", .cause, ["pause=5000", "limit=\(100 << 20)"])
    trial.check("a process that a v1 freezer holds is killed, and can die", trial.ender(of: holder.pid), is: "scythed")
    let state = Text.line("\(group)/freezer.state")
    trial.check(
      "its neighbour lives, and stays frozen", !ServiceTrial.isGone(neighbour.pid) && state == "FROZEN", state)
    Text.write("THAWED", to: "\(group)/freezer.state")
    trial.clear()
    _ = Folder.remove(group)
  }

  private static func limitedGroup(_ trial: ServiceTrial) throws {
    let mark = trial.journal.mark
    // Of those that fill it within seconds, or in large steps, the kernel is left to take care.
    let victim = try trial.victim("limited", ["--grow", "5M", "--grow-to", "1G"], limitBytes: 128 << 20)
    trial.check("a hog in a group at its limit is killed", trial.ender(of: victim.pid.rawValue), is: "scythed")
    trial.check("by the rule for groups", line: trial.journal.line(with: "rule group of", after: mark))
    victim.end()
    trial.clear()
  }

  /// Somebody whom the kernel chooses, and who cannot exit for want of a processor.
  private static func kernelVictim(_ trial: ServiceTrial) {
    let reload = ServiceManager.configure("[when]\ngroup = false\n")
    trial.check("it reloads", reload.status == 0, "ends with \(reload.status)")
    let mark = trial.journal.mark
    let cast = trial.stage.cast
    let group = makeGroup("slow", bytes: 300 << 20)
    if !GuestGroups.areOfVersion1 { Text.write("+cpu", to: "\(group)/cgroup.subtree_control") }
    let holder = cast.start(.holder, "slow-holder", .cause, bytes: 200 << 20, group: "slow-holder", in: group)
    _ = cast.settle(seconds: 20)
    GuestGroups.throttle("\(group)/slow-holder.scope", true)
    cast.start(.hog, "slow-hog", .cause, in: group, ["limit=\(150 << 20)"])
    trial.check("the kernel's own victim", trial.ender(of: holder.pid), is: "the kernel")
    // A daemon that is calm looks every few seconds; the kernel's reaper waits for two.
    let reaped = Spawn.run("/usr/bin/busybox", ["dmesg"]).output.split(separator: "\n").first {
      $0.contains("oom_reaper: reaped process \(holder.pid) ")
    }
    let released = trial.journal.line(with: "released \(holder.pid)", after: mark, seconds: 5)
    trial.check("is released, or the kernel came first with that too", line: released ?? reaped.map(String.init))
    GuestGroups.throttle("\(group)/slow-holder.scope", false)
    trial.clear()
    ServiceManager.configure(nil)
  }

  private static func bomb(_ trial: ServiceTrial) {
    let group = "\(Cast.userGroup)/bomb.scope"
    GuestGroups.make(group)
    GuestGroups.limit(group, processes: 200)
    let bytes = trial.stage.totalBytes / 100 & ~0xfff
    trial.stage.cast.start(.forker, "bomb", .cause, bytes: bytes, group: "bomb", ["pause=10000"])
    // Its first process may be killed at any time; it is over when nobody is left.
    let isOver = ServiceTrial.wait(seconds: 90) {
      trial.stage.cast.reap(at: MonotonicClock.nowNanoseconds)
      return GuestGroups.isEmpty(group)
    }
    let kernelKills = SignalTrace.events().count { $0.signal == "OOM" }
    trial.check(
      "a fork bomb is killed", isOver && kernelKills == 0, "nobody left: \(isOver), the kernel chose \(kernelKills)")
    GuestGroups.kill(group)
    trial.clear()
  }

  private static func observing(_ trial: ServiceTrial) {
    ServiceManager.configure("observe = true\n")
    let mark = trial.journal.mark
    let ender = trial.killHog("observed")
    trial.check("while it observes the kernel has to kill", ender, is: "the kernel")
    trial.check("it says whom it would have killed", line: trial.journal.line(with: "would have killed", after: mark))
    trial.clear()
    ServiceManager.configure(nil)
  }

  private static func makeGroup(_ name: String, bytes: Int) -> String {
    let group = "\(Cast.userGroup)/\(name)"
    GuestGroups.make(group)
    if !GuestGroups.areOfVersion1 { Text.write("+memory", to: "\(group)/cgroup.subtree_control") }
    GuestGroups.limit(group, bytes: bytes)
    return group
  }
}
