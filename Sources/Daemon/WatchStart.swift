import ScytheLinux
import ScythePolicy

// What a daemon does before it watches, and what it says is missing. Nothing of it is a reason not to watch.
extension PolicySettings {
  /// The defaults, with what is measured on this machine.
  init(measuring bytes: Int) {
    self.init()
    processors = UInt32(clamping: Machine.usableProcessors)
    ticksPerSecond = Machine.clockTicksPerSecond
    guard let speed = try? Residency.measureSpeed(bytes: bytes) else { return }
    let atOnce = UInt64(min(Machine.usableProcessors, WatchStart.mostFillers))
    fillCeilingBytesPerSecond = max(
      WatchStart.leastFill, speed.fillBytesPerSecond.multipliedReportingOverflow(by: atOnce).partialValue)
    // An unmap does what a release does, without another process in the way.
    releaseBytesPerSecond = max(WatchStart.leastRelease, speed.freeBytesPerSecond / 2)
  }
}

/// The constants of the start.
enum WatchStart {
  /// Long enough for 4,096 faults, and short enough for a machine that is nearly full.
  static var measuredBytes: Int { 16 << 20 }
  /// The memory bus of a small machine is full with so many CPUs that fill.
  static var mostFillers: Int { 8 }
  /// A measurement in a bad moment must not make the daemon sleep. An emulated guest was seen to fill 350 MB/s, and two CPUs
  /// of a virtual machine 2.3 GB/s.
  static var leastFill: UInt64 { 1 << 30 }
  /// The same for a release: emulated guests were seen to free 0.4 to 1.2 GB/s.
  static var leastRelease: UInt64 { 256 << 20 }
  /// Two descriptors for each member of a fork bomb in each lane, and what the daemon itself has open.
  static var descriptors: Int { 8192 }
}

extension WatchThreads {
  /// Makes this process one that works when nothing else does.
  func prepareProcess() {
    do throws(Errno) { try Procfs().excludeCallerFromKills() } catch {
      unsafe scribe.pointee.say(
        .warning, cannot: "set its own oom_score_adj to -1000", error,
        "the kernel may kill it first; run it with CAP_SYS_RESOURCE")
    }
    do throws(Errno) { try Machine.raiseDescriptorLimit(to: WatchStart.descriptors) } catch {
      unsafe scribe.pointee.say(
        .warning, cannot: "raise the limit of open files", error, "of a fork bomb fewer members die at a time")
    }
    do throws(Errno) { try Scheduling.checkRealTime() } catch {
      unsafe scribe.pointee.say(
        .warning, cannot: "use real-time priority", error,
        "on a busy machine it acts later; run it with CAP_SYS_NICE")
    }
    do throws(Errno) { try MemoryReleaseProbe.checkRelease() } catch {
      unsafe scribe.pointee.say(
        .notice, cannot: "release the memory of victims (process_mrelease)", error,
        "it comes back when they exit; Linux has the call since 5.15, and a filter (seccomp) may refuse it")
    }
    if (try? Procfs().privileges(of: .current))?.holds(.kill) != true {
      unsafe scribe.pointee.say(.notice, "without CAP_KILL only processes of its own user can be killed")
    }
  }

  /// Says what the kernel does not tell, and what follows.
  func sayWhatIsUnknown() {
    let procfs = Procfs()
    if (try? procfs.hidesProcesses()) == true, (try? procfs.privileges(of: .current))?.holds(.trace) != true {
      unsafe scribe.pointee.say(
        .warning, "processes of other users are hidden (hidepid): only one's own are known; run it with CAP_SYS_PTRACE")
    }
    do throws(Errno) { _ = try procfs.pagingCounters() } catch {
      unsafe scribe.pointee.say(
        .warning, cannot: "read /proc/vmstat", error, "a thrash goes unnoticed, and so do kills by the kernel")
    }
    do throws(Errno) { _ = try procfs.zoneInformation() } catch {
      unsafe scribe.pointee.say(
        .warning, cannot: "read /proc/zoneinfo", error, "what the kernel keeps back counts as if it could be used")
    }
    do throws(Errno) { _ = try procfs.memoryPressure() } catch {
      unsafe scribe.pointee.say(
        .warning, cannot: "read /proc/pressure/memory", error,
        "a machine that thrashes or stalls goes unnoticed; headroom is watched all the same; psi=1 at boot may help")
    }
    if ControlGroupTree.ofMemory(procfs) == nil {
      unsafe scribe.pointee.say(
        .notice, "no control groups that count memory are mounted: limits of groups are left to the kernel")
    }
    if (try? procfs.swapInformation())?.areas ?? 0 == 0 {
      unsafe scribe.pointee.say(.info, "there is no swap: memory that is full is full at once")
    }
  }

  /// Arms the alarm of the kernel: short windows where that is allowed. That there is none is said, unless there is no
  /// pressure to read at all, which has been said.
  ///
  /// - Parameter triggers: gets it.
  func armPressure(_ triggers: inout FixedTable<PressureTrigger>) {
    do throws(Errno) {
      triggers.append(try PressureTrigger(.some, stallMicroseconds: 100_000, windowMicroseconds: 1_000_000))
      return
    } catch {
      // Without the right to short windows the long ones are left.
    }
    do throws(Errno) {
      triggers.append(try PressureTrigger(.some, stallMicroseconds: 200_000, windowMicroseconds: 2_000_000))
      unsafe scribe.pointee.say(
        .notice,
        "without CAP_SYS_RESOURCE the kernel tells of pressure up to 2 s late; headroom is watched all the same")
    } catch {
      guard (try? Procfs().memoryPressure()) != nil else { return }
      unsafe scribe.pointee.say(
        .notice, cannot: "have the kernel tell of pressure", error, "it is looked at now and then, as headroom is")
    }
  }
}
