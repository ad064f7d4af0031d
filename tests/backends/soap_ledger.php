<?php
// A ledger over PHP's SoapServer: php -S 127.0.0.1:PORT soap_ledger.php

class Ledger
{
    private $name = 'nobody';

    public function Session($session)
    {
        $this->name = $session->token;
    }

    public function Reverse($entries)
    {
        return array_reverse($entries);
    }

    public function Twice($entry)
    {
        return [$entry, $entry];
    }

    public function Total($amounts)
    {
        return ['total' => array_sum($amounts), 'mean' => array_sum($amounts) / count($amounts)];
    }

    public function Transpose($table)
    {
        return array_map(null, ...$table);
    }

    public function Pay($amount)
    {
        if ($amount > 100) {
            $missing = ['missing' => $amount - 100];
            throw new SoapFault('Client', 'Too poor', 'urn:vault', $missing, 'Overdrawn');
        }
        return 100 - $amount;
    }

    public function Whoami()
    {
        global $server;
        $server->addSoapHeader(new SoapHeader('urn:ledger', 'Trace', 'seen'));
        return $this->name;
    }

    public function Note($text)
    {
    }
}

$server = new SoapServer(__DIR__ . '/soap_ledger.wsdl', ['cache_wsdl' => WSDL_CACHE_NONE]);
$server->setClass('Ledger');
$server->handle();
