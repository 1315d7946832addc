# Fetches secrets by Kamal's adapter, of which it loads no more than the adapter stands on.
# Arguments: the folder of Kamal's library, the account, where from, names. Prints JSON.
require "json"
require "shellwords"
require "active_support"
require "active_support/core_ext"

module Kamal
  module Secrets
    module Adapters
    end
  end
end

library, account, from, *names = ARGV
%w[utils secrets/adapters/base secrets/adapters/one_password].each do |name|
  require File.join(library, "kamal", name)
end
adapter = Kamal::Secrets::Adapters::OnePassword.new
puts JSON.generate(adapter.fetch(names, account: account, from: from))
