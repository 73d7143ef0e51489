work() {
  layout=$(disk @LAYOUT@) target=$(disk @TARGET@)
  mkdir -p @PLACE@ && mount -t ext4 -o ro "$layout" @PLACE@ || return
  bootc @ARGUMENTS@ "$target"
}
