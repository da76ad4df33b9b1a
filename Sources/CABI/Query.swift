public import CScytheABI
import ScytheLinux

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Says what works here; see `scythe.h`.
@c @implementation
public func scythe_query(_ capabilities: UnsafeMutablePointer<scythe_capabilities>?) -> CInt {
  let answer = LibcCall.answer { () throws(Errno) in
    guard let capabilities = unsafe capabilities else { throw .badAddress }
    _ = unsafe try SizedStruct.size(of: capabilities, least: 24)
    var found = scythe_capabilities()
    found.version = UInt32(SCYTHE_VERSION)
    found.available =
      bit(SCYTHE_CAN_OPEN) { () throws(Errno) in try ProcessCallProbe.checkOpen() }
      | bit(SCYTHE_CAN_RELEASE) { () throws(Errno) in try MemoryReleaseProbe.checkRelease() }
      | bit(SCYTHE_CAN_ADVISE) { () throws(Errno) in try MemoryAdviceProbe.checkCall() }
      | bit(SCYTHE_CAN_COLD) { () throws(Errno) in try MemoryAdviceProbe.check(.cold) }
      | bit(SCYTHE_CAN_PAGEOUT) { () throws(Errno) in try MemoryAdviceProbe.check(.pageOut) }
      | bit(SCYTHE_CAN_WILLNEED) { () throws(Errno) in try MemoryAdviceProbe.check(.willNeed) }
      | bit(SCYTHE_CAN_COLLAPSE) { () throws(Errno) in try MemoryAdviceProbe.check(.collapse) }
      | bit(SCYTHE_CAN_QUERY_AREAS) { () throws(Errno) in try AreaQueryProbe.check() }
      | bit(SCYTHE_KERNEL_KNOWS_RANGE) { () throws(Errno) in try MemoryAdviceProbe.checkWholeProcessFlag() }
      | bit(SCYTHE_KERNEL_EXTENSION) { () throws(Errno) in
        if try !MadviseExtension.query().canRelease { throw .notSupported }
      }
    unsafe SizedStruct.write(found, to: capabilities)
    return 0
  }
  return CInt(truncatingIfNeeded: answer)
}

/// A bit, if what it stands for can be done.
private func bit(_ bit: CInt, _ check: () throws(Errno) -> Void) -> UInt64 {
  do throws(Errno) {
    try check()
    return UInt64(bit)
  } catch {
    return 0
  }
}
