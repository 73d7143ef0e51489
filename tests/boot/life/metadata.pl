# metadata.pl FOLDER...: a line for every path below the folders: path, kind, mode, owner, link, extended attributes in
# hexadecimal, device and inode. The numbers of llistxattr and lgetxattr are those of x86-64.
use strict;
use warnings;

sub attributes {
    my ($path) = @_;
    my $names = "\0" x 4096;
    my $length = syscall(195, $path, $names, 4096);
    return '' if $length <= 0;
    my @found;
    for my $name (sort grep { length } split /\0/, substr($names, 0, $length)) {
        # What OSTree and overlayfs note for themselves is of no image.
        next if $name =~ /^(user\.ostree|trusted\.overlay|user\.overlay)/;
        my $value = "\0" x 4096;
        my $size = syscall(192, $path, $name, $value, 4096);
        push @found, $name . '=' . unpack('H*', substr($value, 0, $size < 0 ? 0 : $size));
    }
    return join ',', @found;
}

sub walk {
    my ($path, $shown) = @_;
    my @about = lstat $path or die "$path: $!";
    my $mode = $about[2];
    my $link = -l _ ? readlink $path : '';
    my $kind = $mode >> 12;
    # The mode of a link means nothing.
    my $bits = $kind == 10 ? 0 : $mode & 07777;
    printf "%s\t%o\t%o\t%d:%d\t%s\t%s\t%d.%d\n", $shown, $kind, $bits, $about[4], $about[5], $link,
        attributes($path), $about[0], $about[1];
    return unless $kind == 4;
    opendir my $folder, $path or die "$path: $!";
    my @names = sort grep { $_ ne '.' && $_ ne '..' } readdir $folder;
    closedir $folder;
    walk("$path/$_", "$shown/$_") for @names;
}

my ($root) = @ARGV;
walk("$root/usr", '/usr');
