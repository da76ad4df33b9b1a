import Scythe

// Pressure, memory and swap.
extension DoctorMachine {
  private static let withoutPressure = "MemAvailable of /proc/meminfo"

  var pressureChecks: [DoctorCheck] { [pressureCheck] + triggerChecks }

  private var pressureCheck: DoctorCheck {
    let name = "PSI"
    do throws(Errno) {
      let pressure = try procfs.memoryPressure()
      let some = pressure.some.map { share($0) } ?? "unknown"
      let full = pressure.full.map { share($0) } ?? "unknown"
      return .works(.pressure, name, "tasks that wait for memory, last 10 s: some \(some), all \(full)")
    } catch {
      return .missing(
        .pressure, name, pressureReason(error), instead: Self.withoutPressure,
        remedy: "boot with psi=1; where that does not help, a kernel with CONFIG_PSI, 4.20 or later")
    }
  }

  private func pressureReason(_ error: Errno) -> String {
    switch error {
    case .noSuchFileOrDirectory: "no /proc/pressure/memory"
    case .notSupported: "in the kernel, but switched off"
    default: "/proc/pressure/memory: \(error.description)"
    }
  }

  private func share(_ stall: PressureStall) -> String {
    let digits = "\(stall.averageBasisPoints % 100 + 100)".dropFirst()
    return "\(stall.averageBasisPoints / 100).\(digits) %"
  }

  private var triggerChecks: [DoctorCheck] {
    let short = triggerError(windowMicroseconds: 1_000_000)
    let long = triggerError(windowMicroseconds: 2_000_000)
    return [
      triggerCheck(
        "2 s windows", long, instead: Self.withoutPressure,
        remedy: "run with CAP_SYS_RESOURCE, or boot Linux 6.6, where every user may"),
      triggerCheck(
        "short windows", short, instead: long == nil ? "windows of 2 s" : Self.withoutPressure,
        remedy: "run with CAP_SYS_RESOURCE to be woken within less than 2 s"),
    ]
  }

  private func triggerCheck(_ name: String, _ error: Errno?, instead: String, remedy: String) -> DoctorCheck {
    switch error {
    case nil: .works(.pressure, name, "the kernel wakes a program of this user when memory runs short")
    case .invalidArgument?, .notPermitted?, .permissionDenied?:
      privileges.holds(.resource)
        ? .missing(.pressure, name, "refused: \(error!.description)", instead: instead)
        : .missing(.pressure, name, "not without CAP_SYS_RESOURCE", instead: instead, remedy: remedy)
    case let error?: .missing(.pressure, name, pressureReason(error), instead: instead)
    }
  }

  private func triggerError(windowMicroseconds: UInt64) -> Errno? {
    do throws(Errno) {
      // The alarm is gone with the value, at the end of this statement.
      _ = try PressureTrigger(
        .some, stallMicroseconds: windowMicroseconds / 10, windowMicroseconds: windowMicroseconds, procfs)
      return nil
    } catch {
      return error
    }
  }

  var memoryChecks: [DoctorCheck] {
    [availableCheck, swapCheck, zramCheck, perCPUCheck, generationsCheck, hugePageCheck]
  }

  private var availableCheck: DoctorCheck {
    do throws(Errno) {
      let memory = try procfs.memoryInformation()
      return .info(
        .memory, "available", "\(Quantity.bytes(memory.availableBytes)) of \(Quantity.bytes(memory.totalBytes))")
    } catch {
      return .unknown(.memory, "available", "/proc/meminfo: \(error.description)")
    }
  }

  private var swapCheck: DoctorCheck {
    do throws(Errno) {
      let swap = try procfs.swapInformation()
      if swap.areas == 0 {
        return .info(.memory, "swap", "none: memory runs out at once, and pressure may not show before it does")
      }
      let kinds = swap.zramAreas == 0 ? "" : ", \(swap.zramAreas) of \(swap.areas) on zram"
      return .info(
        .memory, "swap",
        "\(Quantity.bytes(swap.usedBytes)) of \(Quantity.bytes(swap.totalBytes)) used\(kinds); a release frees swap too"
      )
    } catch {
      return error == .noSuchFileOrDirectory
        ? .info(.memory, "swap", "this kernel has none")
        : .unknown(.memory, "swap", "/proc/swaps: \(error.description)")
    }
  }

  private var zramCheck: DoctorCheck {
    do throws(Errno) {
      let zram = try sysfs.zramInformation()
      if zram.devices == 0 { return .info(.memory, "zram", "none in use") }
      return .info(
        .memory, "zram",
        "\(Quantity.bytes(zram.storedBytes)) of \(Quantity.bytes(zram.capacityBytes)) stored in"
          + " \(Quantity.bytes(zram.usedBytes)) of memory")
    } catch {
      return .unknown(.memory, "zram", "/sys/block: \(error.description)")
    }
  }

  private var perCPUCheck: DoctorCheck {
    let name = "per-CPU lists"
    do throws(Errno) {
      let bytes = try procfs.zoneInformation().perCPUListBytes
      return .info(.memory, name, "\(Quantity.bytes(bytes)) free, but not yet counted by 'free'")
    } catch {
      return .unknown(.memory, name, "/proc/zoneinfo: \(error.description)")
    }
  }

  private var generationsCheck: DoctorCheck {
    let name = "MGLRU"
    do throws(Errno) {
      let isUsed = try sysfs.usesGenerations()
      return .info(.memory, name, isUsed ? "on" : "off: the kernel reclaims by its older lists; a kill does not care")
    } catch {
      return error == .noSuchFileOrDirectory
        ? .info(.memory, name, "not in this kernel; a kill does not care")
        : .unknown(.memory, name, "/sys/kernel/mm/lru_gen: \(error.description)")
    }
  }

  private var hugePageCheck: DoctorCheck {
    let name = "huge pages"
    do throws(Errno) {
      switch try sysfs.hugePageUse() {
      case .always: return .info(.memory, name, "transparent ones wherever possible; they are released in no time")
      case .onRequest: return .info(.memory, name, "transparent ones where asked for; they are released in no time")
      case .never: return .info(.memory, name, "no transparent ones")
      }
    } catch {
      return error == .noSuchFileOrDirectory
        ? .info(.memory, name, "no transparent ones in this kernel")
        : .unknown(.memory, name, "/sys/kernel/mm/transparent_hugepage: \(error.description)")
    }
  }
}
