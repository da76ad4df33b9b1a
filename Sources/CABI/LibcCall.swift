internal import CScytheLinux
import ScytheLinux

/// A function of this library keeps what one of libc promises.
enum LibcCall {
  /// Does what a function is for, and tells it as libc does.
  ///
  /// - Returns: what `body` returns; -1, with errno set, if it throws.
  static func answer(_ body: () throws(Errno) -> Int) -> Int {
    var caller = clinux_caller()
    unsafe clinux_enter_call(&caller)
    do throws(Errno) {
      let value = try body()
      unsafe clinux_leave_call(&caller, 0)
      return value
    } catch {
      unsafe clinux_leave_call(&caller, error.rawValue)
      return -1
    }
  }
}
