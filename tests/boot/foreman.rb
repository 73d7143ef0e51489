# Checks templates of Foreman: metadata, syntax, and the result for a host.
require 'erb'
require 'fileutils'
require 'open3'
require 'yaml'

root, out = ARGV
FileUtils.mkdir_p(out)

# What Foreman's templates may say of a host.
class Host
  attr_accessor :layout
  def name = 'web1.paris.acme.example'
  def mac = '52:54:00:00:01:01'
  def diskLayout = layout
  def url_for_boot(kind) = "http://192.0.2.1/pxe/#{kind}"
end

# The words of Foreman's renderer.
class Words
  def initialize(layout)
    @host = Host.new
    @host.layout = layout
    @kernel = 'boot/vmlinuz'
    @initrd = 'boot/initrd.img'
    @parameters = {
      'bootc-image' => 'registry.acme.example/os/server@sha256:' + 'a' * 64,
      'bootc-follow' => 'registry.acme.example/os/server:latest',
      'bootc-registry-auth' => '{"auths":{}}',
      'enable-remote-execution-pull' => 'true',
      'install-disk' => 'virtio-root',
    }
  end
  def host_param(name, default = nil) = @parameters.fetch(name, default)
  def host_param_true?(name) = host_param(name).to_s == 'true'
  def foreman_url(kind) = "http://192.0.2.1/unattended/#{kind}?token=0"
  def root_pass = '$6$salt$' + 'a' * 86
  def medium_uri = 'http://192.0.2.1/trees/f43'
  def pxe_kernel_options = 'console=ttyS0'
  def snippet_if_exists(_) = ''
  def input(name) = { 'image' => "registry.acme.example/os/o'ther:1", 'reboot' => 'yes' }.fetch(name)
  def render(text) = ERB.new(text, trim_mode: '-').result(binding)
end

tables = {}
texts = {}
Dir[File.join(root, '**', '*.erb')].sort.each do |file|
  text = File.read(file)
  metadata = text[/<%#(.*?)-?%>/m, 1] or abort "#{file} has no metadata"
  metadata = YAML.safe_load(metadata)
  %w[kind name model].each { |key| metadata[key].to_s.empty? and abort "#{file} has no #{key}" }
  model = { 'ptable' => 'Ptable', 'job_template' => 'JobTemplate' }
  metadata['model'] == model.fetch(metadata['kind'], 'ProvisioningTemplate') or abort "#{file}: model"
  (metadata['template_inputs'] || []).each { |input| input['name'] or abort "#{file}: an input" }
  source = ERB.new(text, trim_mode: '-').src
  said, status = Open3.capture2e('ruby', '-c', stdin_data: source)
  status.success? or abort "#{file}: #{said}"
  name = File.basename(file, '.erb')
  tables[name.sub('kickstart_terroir_', '')] = text if metadata['kind'] == 'ptable'
  texts[name] = [metadata['kind'], text]
  puts "#{metadata['kind']} #{metadata['name']}"
end
texts.each do |name, (kind, text)|
  case kind
  when 'provision'
    tables.each do |table, layout|
      File.write(File.join(out, "kickstart_#{table}"), Words.new(Words.new('').render(layout)).render(text))
    end
  when 'ptable' then next
  when 'job_template' then File.write(File.join(out, name), Words.new('').render(text).sub(/\A\n+/, ''))
  else File.write(File.join(out, "#{kind}_terroir_bootc"), Words.new('').render(text))
  end
end
YAML.safe_load(File.read(File.join(root, 'parameters.yml'))).each_value do |parameters|
  parameters.fetch('bootc-image')
end
