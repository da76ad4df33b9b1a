// SPDX-License-Identifier: GPL-2.0

public import CScythePolicy

/// The heads of robust lists, some at a time: the lowest of those above an address.
///
/// Threads end while their lists are read, so a place in the kernel's list of threads is nothing to go on from; an
/// address is. No new thread can come: who is dying cannot clone.
@safe public struct ListHeads {
  /// The two forms that a thread may register.
  enum Form {
    case native, compat
  }

  private let room: UnsafeMutablePointer<UInt>
  private let form: Form
  private let above: UInt
  private(set) var count = 0

  init(room: UnsafeMutablePointer<UInt>, form: Form, above: UInt) {
    unsafe self.room = unsafe room
    self.form = form
    self.above = above
  }

  private static var capacity: Int { Int(SCYTHE_HEADS) }

  var isFull: Bool { count == Self.capacity }

  /// A position that is not below `count` is a fault of the caller.
  subscript(position: Int) -> UInt { unsafe room[position] }

  /// Takes the heads of one thread; 0 for none.
  public mutating func see(native: UInt, compat: UInt) {
    let head = form == .native ? native : compat
    if head <= above { return }
    var at = count
    while at > 0, self[at &- 1] > head { at = at &- 1 }
    // Threads of two processes may share one list.
    if at > 0, self[at &- 1] == head { return }
    if isFull {
      if at == count { return }
      count = count &- 1
    }
    var from = count
    while from > at {
      unsafe room[from] = room[from &- 1]
      from = from &- 1
    }
    unsafe room[at] = head
    count = count &+ 1
  }
}
