// SPDX-License-Identifier: GPL-2.0

internal import CScythePolicy

/// The pages that exit reads for robust mutexes, in the order of their addresses.
///
/// Most victims hold no such mutex: room is asked for when the first page comes.
@safe struct PageSet {
  private var room: UnsafeMutablePointer<UInt>?
  private(set) var count = 0

  init() {}

  static var capacity: Int { Int(SCYTHE_PMADV_ROBUST_PAGES) }

  /// A position that is not below `count` is a fault of the caller.
  subscript(position: Int) -> UInt { unsafe room.unsafelyUnwrapped[position] }

  /// The position of the first page that is not below an address; `count` if there is none.
  func position(ofFirstFrom address: UInt) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low &+ high) >> 1
      if self[middle] < address { low = middle &+ 1 } else { high = middle }
    }
    return low
  }

  /// Adds the pages of some bytes.
  ///
  /// - Returns: whether there was room.
  mutating func insert<K: Kernel>(_ kernel: K, address: UInt, bytes: UInt) -> Bool {
    var page = address & ~(pageBytes &- 1)
    let last = (address &+ bytes &- 1) & ~(pageBytes &- 1)
    while true {
      if !insert(kernel, page) { return false }
      if page == last { return true }
      page = page &+ pageBytes
    }
  }

  private mutating func insert<K: Kernel>(_ kernel: K, _ page: UInt) -> Bool {
    let place = position(ofFirstFrom: page)
    if place < count, self[place] == page { return true }
    if count == Self.capacity { return false }
    if unsafe room == nil { unsafe room = kernel.pagesRoom() }
    guard let room = unsafe room else { return false }
    var at = count
    while at > place {
      unsafe room[at] = room[at &- 1]
      at = at &- 1
    }
    unsafe room[place] = page
    count = count &+ 1
    return true
  }
}
