import Foundation
public import ScytheLinux

/// What the kernel that runs the tests can do, and how exactly it counts.
public enum KernelFeatures {
  /// The kernel's version.
  public static let version = (try? KernelIdentity())?.version ?? KernelVersion(0, 0)

  /// Whether it frees the memory of a dying process on demand.
  public static let hasRelease = (try? MemoryReleaseProbe.checkRelease()) != nil

  /// Whether it kills a control group as a whole.
  public static let hasGroupKill: Bool = {
    guard let group = try? TestControlGroup(.unified) else { return false }
    return FileManager.default.fileExists(atPath: "\(group.path)/cgroup.kill")
  }()

  /// Scythe's kernel extension; `nil` where it is not loaded.
  public static let madviseExtension = try? MadviseExtension.query()

  /// By how much its counts of a process's resident pages may lag behind, for each thread of that process.
  ///
  /// Before Linux 6.2 a thread keeps up to 64 pages to itself. The counters for each CPU that came then were read without
  /// what the CPUs still had, up to a release between 6.12 and 6.18.
  public static let countLag: UInt64 = {
    let pageBytes = UInt64(getpagesize())
    if version < KernelVersion(6, 2) { return 64 * pageBytes }
    let processors = UInt64(Machine.usableProcessors)
    return version < KernelVersion(6, 18) ? max(32, 2 * processors) * processors * pageBytes : 0
  }()
}
