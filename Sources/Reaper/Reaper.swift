public import ScytheLinux
import ScytheReclaim
import Synchronization

/// Kills processes, releases their memory, and returns when it is back, or says why it is not.
///
/// Use: make one, `select` what is to die, look at `report(at:)` if it shall only be planned, `kill`, and read the
/// reports. It takes no heap, and one caller at a time.
@safe public struct Reaper<K: ReaperKernel>: ~Copyable {
  let shop: UnsafeMutablePointer<Workshop<K>>
  /// The first row of the kill that is being prepared: earlier ones are over.
  var firstRow = 0
  /// The same for groups.
  var firstGroup = 0
  /// Whether sharers have been looked for, and the order settled, since the last selection.
  var isPlanned = false
  /// The kill that is under way, or the last one.
  var run = KillRun()

  /// Makes a reaper, and starts its executors, before anything has to be hurried.
  ///
  /// - Throws: `Errno.noMemory`; `Errno.tooManyOpenFiles`; `Errno.resourceTemporarilyUnavailable` if no more threads
  ///   are allowed.
  public init(kernel: K, _ configuration: ReaperConfiguration = ReaperConfiguration()) throws(Errno) {
    unsafe shop = try Reaper.openShop(kernel, configuration)
  }

  deinit {
    // An executor that is stuck in the kernel goes on using the workshop: it is left mapped, and its descriptors open.
    if unsafe shop.pointee.stopExecutors() { unsafe Reaper.dispose(shop) }
  }

  private static func openShop(
    _ kernel: K, _ configuration: ReaperConfiguration
  ) throws(Errno) -> UnsafeMutablePointer<Workshop<K>> {
    let shop = unsafe try MappedMemory.allocate(Workshop<K>.self, count: 1)
    do throws(Errno) {
      unsafe shop.initialize(to: try Workshop(kernel: kernel, configuration))
    } catch {
      unsafe MappedMemory.free(shop, count: 1)
      throw error
    }
    do throws(Errno) {
      try unsafe shop.pointee.startExecutors()
    } catch {
      if unsafe shop.pointee.stopExecutors() { unsafe dispose(shop) }
      throw error
    }
    return unsafe shop
  }

  private static func dispose(_ shop: UnsafeMutablePointer<Workshop<K>>) {
    unsafe shop.deinitialize(count: 1)
    unsafe MappedMemory.free(shop, count: 1)
  }

  /// How many victims have been selected since the last kill, or have been killed by it.
  public var victimCount: Int { unsafe shop.pointee.victims.count - firstRow }

  /// Members of trees and cgroups that are left alive.
  public var sparedCount: Int { unsafe shop.pointee.spared.count }

  /// One of them.
  public func spared(at index: Int) -> SparedProcess { unsafe shop.pointee.spared[index] }

  /// Begins another selection. The victims killed so far are reported no longer, but kept: an executor may be stuck with
  /// one of them.
  public mutating func beginNext() {
    firstRow = unsafe shop.pointee.victims.count
    firstGroup = unsafe shop.pointee.groups.count
    unsafe shop.pointee.spared.removeLast(from: 0)
    run = KillRun()
  }

  /// Forgets all victims, dead and planned, and closes their descriptors.
  ///
  /// - Returns: false if an executor is stuck with one of them; they are kept then.
  @discardableResult
  public mutating func removeAll() -> Bool {
    for index in 0..<(unsafe shop.pointee.executors.count) {
      // One that has ended since the kill was given up is heard while its victim's row is there: later it would be taken for
      // one of the next kill.
      hear(from: index)
      if !isIdle(index) { return false }
    }
    unsafe shop.pointee.victims.removeLast(from: 0)
    unsafe shop.pointee.order.removeLast(from: 0)
    unsafe shop.pointee.groups.removeLast(from: 0)
    unsafe shop.pointee.spared.removeLast(from: 0)
    firstRow = 0
    firstGroup = 0
    run = KillRun()
    return true
  }
}
