# A ledger over SOAP::Lite, which knows no WSDL: perl soap_ledger.pl PORT
use strict;
use warnings;
use SOAP::Transport::HTTP;

package Ledger;
use Digest::MD5 qw(md5_hex);
use vars qw(@ISA);
@ISA = qw(SOAP::Server::Parameters);

sub Reverse {
    my $entries = $_[-1]->valueof('//Reverse/entries');
    return SOAP::Data->name(entries => [reverse @$entries]);
}

sub Total {
    my $amounts = $_[-1]->valueof('//Total/amounts');
    my $total = 0;
    $total += $_ for @$amounts;
    return (SOAP::Data->name(total => $total), SOAP::Data->name(mean => $total / @$amounts));
}

sub Pay {
    my $amount = $_[-1]->valueof('//Pay/amount');
    if ($amount > 100) {
        my $detail = SOAP::Data->name(
            'l:Overdrawn' => \SOAP::Data->name(missing => $amount - 100)->type('decimal')
        )->attr({ 'xmlns:l' => 'urn:ledger' });
        die SOAP::Fault->faultcode('Client')->faultstring('Too poor')
            ->faultactor('urn:vault')->faultdetail($detail);
    }
    return SOAP::Data->name(balance => 100 - $amount);
}

sub Whoami {
    my $name = $_[-1]->valueof('//Header/Session/token') || 'nobody';
    return (
        SOAP::Header->name('Trace' => 'seen')->uri('urn:ledger'),
        SOAP::Data->name(name => $name)->type('string'),
    );
}

sub Note { return; }

sub Twice {
    my $entry = $_[-1]->valueof('//Twice/entry');
    return SOAP::Data->name(entries => [$entry, $entry]);
}

sub Scan {
    my $request = $_[-1];
    my @told = map {
        join ' ', $_->head->get('Content-Id') =~ /<(\w+)/, $_->mime_type, md5_hex($_->bodyhandle->as_string)
    } @{$request->parts || []};
    return SOAP::Data->name(told => join ';', $request->valueof('//Scan/id'), @told);
}

package main;
$SIG{PIPE} = 'IGNORE';
SOAP::Transport::HTTP::Daemon
    ->new(LocalAddr => '127.0.0.1', LocalPort => $ARGV[0], ReuseAddr => 1)
    ->serializer(SOAP::Serializer->new->typelookup({
        # Text that is not ASCII stays text; by itself SOAP::Lite sends it as base64.
        int => [20, sub { $_[0] =~ /^-?\d+$/ }, 'as_int'],
        string => [100, sub { 1 }, 'as_string'],
    }))
    ->dispatch_with({ 'urn:ledger' => 'Ledger' })
    ->handle;
